/* How many requests may be under way at once, and how many rows are handed out, at a limited rate. */

/** Enough to keep two cores busy with a gateway that answers in 100 ms. */
const usualConcurrency = 200;
export const highestConcurrency = 1_000;
export const highestRatePerS = 10_000;

/**
 * So many seconds' worth of requests may be under way: a gateway that answers within that does not slow the pace. A window
 * larger than needed does no harm, since the rate limiter spaces the requests, and no more rows are handed out than are of use.
 */
const longestAnswerS = 12;
/** What a gateway takes to answer, until it was measured. */
const usualAnswerS = 0.5;
/**
 * Rows that wait for their slot while others end and are replaced. More would wait long enough to tell Temporal that they
 * live, which is a billable action each time, or to be given back and taken again.
 */
const waitingS = 1.5;

export interface RequestedLimits {
  /** Requests a second; absent: no limit. */
  readonly ratePerS?: number;
  /** Absent: nobody has told, so it follows from the rate. */
  readonly concurrency?: number;
}

/** The most requests under way at once: as told, else rate × the longest answer that is allowed for. */
export function concurrencyOf({ ratePerS, concurrency }: RequestedLimits): number {
  if (concurrency !== undefined) return concurrency;
  if (ratePerS === undefined) return usualConcurrency;
  return Math.min(highestConcurrency, Math.max(1, Math.ceil(ratePerS * longestAnswerS)));
}

/** The rows that are handed out at once: at a rate, those under way (rate × what the gateway takes to answer) and those that wait. */
export function effectiveConcurrencyOf(limits: RequestedLimits, answerS: number = usualAnswerS): number {
  const concurrency = concurrencyOf(limits);
  const { ratePerS } = limits;
  return ratePerS === undefined
    ? concurrency
    : Math.min(concurrency, Math.max(1, Math.ceil(ratePerS * (answerS + waitingS))));
}
