/** The resolution of the times of requests. */
const bucketMs = 50;
/** Twenty seconds: the second before a request is still here if its answer took long. */
const buckets = 400;

/**
 * Counts the requests of this process over the last twenty seconds, at the cost of one addition
 * each.
 */
export class SendMeter {
  readonly #counts = new Array<number>(buckets).fill(0);
  /** Which bucket of all time each count is of. */
  readonly #numbers = new Array<number>(buckets).fill(-1);

  add(atMs: number): void {
    const number = Math.floor(atMs / bucketMs);
    const index = number % buckets;
    if (this.#numbers[index] !== number) {
      this.#numbers[index] = number;
      this.#counts[index] = 0;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /** How many left in the second before a time. */
  inSecondBefore(atMs: number): number {
    const last = Math.floor(atMs / bucketMs);
    let sum = 0;
    for (let number = last - 1_000 / bucketMs; number < last; number += 1) {
      const index = number % buckets;
      if (this.#numbers[index] === number) sum += this.#counts[index] ?? 0;
    }
    return sum;
  }
}
