/** The gateway counts its limit over one second. */
const windowMs = 1_000;

/**
 * Counts requests in a sliding second `(now - 1 s, now]`, by the simulator's clock. Times must not
 * decrease. Used by the limiter and by the measurement of the busiest second.
 */
export class RequestWindow {
  #times: number[] = [];
  #first = 0;
  #most = 0;

  /** The most requests ever counted within one second. */
  get most(): number {
    return this.#most;
  }

  /** The number of requests in the second before `nowMs`. */
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

/** When requests arrived since the start or the last reset, in Unix milliseconds with fractions. */
export interface Arrivals {
  /** All of them, in order. */
  readonly times: readonly number[];
  /** Indexes (from 0) into `times` of the requests that the limiter refused. */
  readonly refused: readonly number[];
}
