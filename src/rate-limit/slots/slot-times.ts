/** When slots were used, or are to be used: by number, and in order of time. */
export class SlotTimes {
  readonly #bySlot = new Map<number, number>();
  readonly #sorted: number[] = [];

  /** Ascending. Do not change it. */
  get sorted(): readonly number[] {
    return this.#sorted;
  }

  set(slot: number, atMs: number): void {
    this.delete(slot);
    this.#bySlot.set(slot, atMs);
    this.#sorted.splice(this.countUntil(atMs), 0, atMs);
  }

  delete(slot: number): void {
    const atMs = this.#bySlot.get(slot);
    if (atMs === undefined) return;
    this.#bySlot.delete(slot);
    this.#sorted.splice(this.countUntil(atMs) - 1, 1);
  }

  /** How many there are up to and including a time. */
  countUntil(atMs: number): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? 0) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
