/** The first wait after a request that was certainly not processed. */
const firstMs = 1_000;
/** The longest wait of our own: a gateway that is back is noticed within half a minute. */
const longestMs = 30_000;

/**
 * How long until a row that was not processed is sent again: what the gateway asked for, else doubling with each attempt;
 * with up to a fifth on top, so that concurrency that failed together do not come back together. `random` is from 0 to 1.
 */
export function retryDelayMs(attempt: number, retryAfterMs: number | undefined, random: number): number {
  const delayMs =
    retryAfterMs === undefined
      ? Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 10))
      : // "At once" would be a loop that is as fast as the gateway refuses.
        Math.max(firstMs, retryAfterMs);
  return Math.round(delayMs * (1 + random / 5));
}
