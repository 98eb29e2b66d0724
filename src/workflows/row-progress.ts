import {
  inFlight,
  type RowRuns,
  type TokenizeRowResult,
  type UnwrittenResult,
} from '../contract/activities.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type { ShardMemory } from '../contract/shard-messages.ts';
import { runsOf } from '../domain/shard-plan.ts';
import { countOutcome } from '../domain/tally.ts';
import { answeredOf } from '../domain/tolerance.ts';

/** How far the rows of a shard are, as one run of its workflow knows it. */
export class RowProgress {
  /** The rows that wait to be sent, in ascending order. */
  #waiting: number[] = [];
  #counts: OutcomeCounts = {};
  #open = 0;
  readonly #answered: Set<number>;
  readonly #unwritten: UnwrittenResult[];

  /** `before`: what an earlier run of the shard gave back. */
  constructor({ answered = [], unwritten = [] }: ShardMemory = {}) {
    this.#answered = new Set(rowsOfRuns(answered));
    this.#unwritten = [...unwritten];
  }

  /** How many rows wait to be sent. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How many rows have an intent of another owner, which may still be sending them. */
  get open(): number {
    return this.#open;
  }

  get counts(): OutcomeCounts {
    return this.#counts;
  }

  /** What the storage must know, or must get, when the shard is closed. */
  get memory(): ShardMemory {
    const answered = runsOf([...this.#answered].sort((a, b) => a - b));
    return {
      ...(answered.length === 0 ? {} : { answered }),
      ...(this.#unwritten.length === 0 ? {} : { unwritten: this.#unwritten }),
    };
  }

  /** How many rows would be sent again, although their outcome is known here. */
  forgottenIn(toSend: RowRuns): number {
    return rowsOfRuns(toSend).filter((row) => this.#answered.has(row) && !this.#isUnwritten(row)).length;
  }

  /**
   * Starts again from what the storage knows. It has decided the open rows by now, but for those
   * whose result could not be written: they have their outcome here.
   */
  load({ toSend, counts }: { readonly toSend: RowRuns; readonly counts: OutcomeCounts }): void {
    const rows = rowsOfRuns(toSend);
    this.#waiting = rows.filter((row) => !this.#isUnwritten(row));
    this.#counts = this.#unwritten
      .filter(({ row }) => rows.includes(row))
      .reduce((sum, { answer }) => countOutcome(sum, answer.outcome), counts);
    this.#open = 0;
  }

  #isUnwritten(row: number): boolean {
    return this.#unwritten.some((result) => result.row === row);
  }

  /** Takes out the first waiting row; undefined: none waits. */
  take(): number | undefined {
    return this.#waiting.shift();
  }

  /** Puts back a row that was taken and not sent. */
  putBack(row: number): void {
    this.#waiting.push(row);
    this.#waiting.sort((a, b) => a - b);
  }

  /**
   * Records what the sending of a row said. True if the row has its outcome; false if its owner may
   * still be sending it, so that the closing decides.
   */
  answer(row: number, { outcome, unwritten }: TokenizeRowResult): boolean {
    if (outcome === inFlight) {
      this.#open += 1;
      return false;
    }
    this.#counts = countOutcome(this.#counts, outcome);
    this.#answered.add(row);
    if (unwritten !== undefined) this.#unwritten.push(unwritten);
    return true;
  }

  /**
   * True if `inFlight` rows may be in flight: together with the answered and the open ones, no more
   * than the batch allows.
   */
  mayHave(inFlight: number, rowsAllowed: number | undefined): boolean {
    return rowsAllowed === undefined || answeredOf(this.#counts) + this.#open + inFlight <= rowsAllowed;
  }

  /**
   * True if no further row may be sent before the open ones are decided: they use up what the batch
   * allows, so it waits for them.
   */
  waitsForOpen(rowsAllowed: number | undefined): boolean {
    return (
      this.#open > 0 &&
      rowsAllowed !== undefined &&
      answeredOf(this.#counts) < rowsAllowed &&
      !this.mayHave(1, rowsAllowed)
    );
  }
}

function rowsOfRuns(runs: RowRuns): number[] {
  return runs.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
}
