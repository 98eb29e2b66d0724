/*
 * How many requests of a batch may be in flight at once, and how many of its rows are worth
 * starting.
 */

/** Enough to keep two cores busy with a gateway that answers in 100 ms. */
const usualConcurrency = 200;
export const highestConcurrency = 1_000;
export const highestRatePerS = 10_000;

/**
 * Requests for this many seconds may be in flight: a gateway that answers within that does not slow
 * the batch. More than needed does no harm, since the rate limiter spaces the requests, and no more
 * rows are started than are worth it.
 */
const longestResponseS = 12;
/** The response time until it is measured. */
const usualResponseS = 0.5;
/**
 * Rows for this many seconds wait for their slot while others end and are replaced. More would wait
 * so long that each sends a heartbeat, which is a billable action, or goes back to Temporal and is
 * taken again.
 */
const waitingS = 1.5;

/** What an operator asked for. */
export interface RequestedLimits {
  /** Requests per second; absent: no limit. */
  readonly ratePerS?: number;
  /** The most requests in flight at once; absent: it follows from the rate. */
  readonly concurrency?: number;
}

/**
 * The most requests in flight at once: as requested, else the rate times the longest response time
 * allowed for.
 */
export function concurrencyOf({ ratePerS, concurrency }: RequestedLimits): number {
  if (concurrency !== undefined) return concurrency;
  if (ratePerS === undefined) return usualConcurrency;
  return Math.min(highestConcurrency, Math.max(1, Math.ceil(ratePerS * longestResponseS)));
}

/**
 * How many rows are worth starting at once: under a rate, those in flight (rate times response
 * time) and those that wait for their slot.
 */
export function effectiveConcurrencyOf(limits: RequestedLimits, responseS: number = usualResponseS): number {
  const concurrency = concurrencyOf(limits);
  const { ratePerS } = limits;
  return ratePerS === undefined
    ? concurrency
    : Math.min(concurrency, Math.max(1, Math.ceil(ratePerS * (responseS + waitingS))));
}
