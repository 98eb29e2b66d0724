/** The rows of a shard that wait to be sent, in ascending order. */
export class WaitingRows {
  #rows: number[] = [];

  get count(): number {
    return this.#rows.length;
  }

  /** Replaces the rows by those of ascending runs. */
  load(runs: readonly (readonly [first: number, last: number])[]): void {
    this.#rows = runs.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
  }

  /** Takes out the first row; undefined: none waits. */
  take(): number | undefined {
    return this.#rows.shift();
  }

  /** Puts back a row that was taken and not sent. */
  putBack(row: number): void {
    this.#rows.push(row);
    this.#rows.sort((a, b) => a - b);
  }
}
