/** The first wait after a request that was certainly not processed. */
const firstMs = 1_000;
/** The longest wait that we choose. A gateway that recovers is noticed within half a minute. */
const longestMs = 30_000;

/**
 * How long until a row that was not processed is sent again: what the gateway asked for, otherwise
 * doubling with each attempt. Up to a fifth is added, so that rows that failed together do not come
 * back together. `random` is from 0 to 1.
 */
export function retryDelayMs(attempt: number, retryAfterMs: number | undefined, random: number): number {
  const delayMs =
    retryAfterMs === undefined
      ? Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 10))
      : // Zero would make a loop that is as fast as the gateway refuses.
        Math.max(firstMs, retryAfterMs);
  return Math.round(delayMs * (1 + random / 5));
}
