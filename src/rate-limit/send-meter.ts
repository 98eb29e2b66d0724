/** How fine the sends of the last second are told apart. */
const bucketMs = 50;
/** More than a second, so that the second before an answer that took long is still there. */
const buckets = 400;

/** Counts this process's requests over the last twenty seconds, at the cost of an addition each. */
export class SendMeter {
  readonly #counts = new Array<number>(buckets).fill(0);
  readonly #epochs = new Array<number>(buckets).fill(-1);

  add(atMs: number, count = 1): void {
    const epoch = Math.floor(atMs / bucketMs);
    const index = epoch % buckets;
    if (this.#epochs[index] !== epoch) {
      this.#epochs[index] = epoch;
      this.#counts[index] = 0;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + count;
  }

  /** How many were in the second before a time. */
  inSecondBefore(atMs: number): number {
    const last = Math.floor(atMs / bucketMs);
    let sum = 0;
    for (let epoch = last - 1_000 / bucketMs; epoch < last; epoch += 1) {
      const index = epoch % buckets;
      if (this.#epochs[index] === epoch) sum += this.#counts[index] ?? 0;
    }
    return sum;
  }
}
