/*
 * When a command that follows a batch asks it for its progress. Each question is a billable action of Temporal, and so is
 * the one to each running shard; asked every second at full speed they cost more than everything else beside the rows. So
 * questions come as the rows go: one for several hundred rows, and seldom while little happens. What must be told at once,
 * a change of the phase such as a hold, is seen in what Temporal says of the workflow, which costs nothing.
 */
import type { BatchPhase } from '../../contract/workflows.ts';

/** One question may be asked for so many rows: a quarter of a percent more actions. */
const rowsPerQuestion = 400;
const shortestMs = 1_000;
/** An operator sees the counts move so often at any pace. */
const longestMs = 10_000;
/** Where Temporal shows no phase (it does not know our search attributes), a hold is found only by asking. */
const longestBlindMs = 2_000;

export interface Look {
  readonly atMs: number;
  /** Rows that have their outcome. */
  readonly rows: number;
  readonly phase: BatchPhase;
  /** The batch's, and one for each running shard. */
  readonly questions: number;
}

export class LookSchedule {
  #last: Look | undefined;
  /** What Temporal showed at the last look, which may be the phase before. */
  #shownThen: string | undefined;
  #waitMs = 0;

  /** True where it is time to ask. `shown`: the phase by what Temporal says of the workflow, undefined where it says none. */
  isDue(nowMs: number, shown: string | undefined): boolean {
    if (this.#last === undefined) return true;
    if (shown !== undefined && shown !== this.#shownThen && shown !== this.#last.phase) return true;
    const longest = shown === undefined ? longestBlindMs : longestMs;
    return nowMs - this.#last.atMs >= Math.min(this.#waitMs, longest);
  }

  /** The batch was asked, and has answered. */
  saw(look: Look, shown: string | undefined): void {
    const rowsPerMs =
      this.#last === undefined ? 0 : (look.rows - this.#last.rows) / (look.atMs - this.#last.atMs);
    const wantedMs =
      rowsPerMs > 0 ? (look.questions * rowsPerQuestion) / rowsPerMs : Number.POSITIVE_INFINITY;
    // From one to the next at most twice as long: what begins shows at once.
    const mostMs = this.#last?.phase === look.phase ? Math.min(longestMs, this.#waitMs * 2) : shortestMs;
    this.#waitMs = Math.max(shortestMs, Math.min(wantedMs, mostMs));
    this.#last = look;
    this.#shownThen = shown;
  }
}
