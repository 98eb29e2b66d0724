/** When turns were used, or are to be used: by number, and in order of time. */
export class TurnTimes {
  readonly #byTurn = new Map<number, number>();
  readonly #sorted: number[] = [];

  /** Ascending; not to be changed. */
  get sorted(): readonly number[] {
    return this.#sorted;
  }

  set(turn: number, atMs: number): void {
    this.delete(turn);
    this.#byTurn.set(turn, atMs);
    this.#sorted.splice(this.countUntil(atMs), 0, atMs);
  }

  delete(turn: number): void {
    const atMs = this.#byTurn.get(turn);
    if (atMs === undefined) return;
    this.#byTurn.delete(turn);
    this.#sorted.splice(this.countUntil(atMs) - 1, 1);
  }

  /** How many there are up to a time, that time included. */
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
