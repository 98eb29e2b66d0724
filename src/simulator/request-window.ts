/** One second: what the gateway's limit is counted over. */
const windowMs = 1_000;

/**
 * Counts requests in a sliding second `(now - 1 s, now]`, by the simulator's clock. Times must not go backwards; the
 * limiter and the measurement of the most crowded second both stand on it.
 */
export class RequestWindow {
  #times: number[] = [];
  #first = 0;
  #most = 0;

  /** The most requests that were ever within one second. */
  get most(): number {
    return this.#most;
  }

  /** How many requests of the second up to `nowMs` were added. */
  countAt(nowMs: number): number {
    while ((this.#times[this.#first] ?? Number.POSITIVE_INFINITY) <= nowMs - windowMs) {
      this.#first += 1;
    }
    if (this.#first > 4_096 && this.#first * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#first);
      this.#first = 0;
    }
    return this.#times.length - this.#first;
  }

  /** Adds a request at `nowMs`. */
  add(nowMs: number): void {
    this.#times.push(nowMs);
    this.#most = Math.max(this.#most, this.countAt(nowMs));
  }
}

/** When requests arrived since the start or the last reset, in milliseconds of the Unix epoch with their fractions. */
export interface Arrivals {
  /** All of them, in order. */
  readonly times: readonly number[];
  /** Which of the times were of requests that the limiter refused, by their place from 0. */
  readonly refused: readonly number[];
}
