/*
 * Decides when a command that follows a batch queries its progress. Each query is a billable
 * Temporal action, and so is the query to each running shard. At full speed, queries every second
 * would cost more than everything else apart from the rows. So the number of queries follows the
 * number of completed rows: one for several hundred rows, and few while little happens. A change of
 * the phase, such as a hold, must be shown at once. It appears in the workflow's description, which
 * costs nothing.
 */
import type { BatchPhase } from '../../contract/workflows.ts';

/** One query for this many rows adds a quarter of a percent to the actions. */
const rowsPerQuestion = 400;
const shortestMs = 1_000;
/** The operator sees new counts at least this often, at any rate. */
const longestMs = 10_000;
/** If Temporal shows no phase (it lacks our search attributes), only a query finds a hold. */
const longestBlindMs = 2_000;

export interface Look {
  readonly atMs: number;
  /** Rows with an outcome. */
  readonly rows: number;
  readonly phase: BatchPhase;
  /** The batch's query, and one for each running shard. */
  readonly questions: number;
}

export class LookSchedule {
  #last: Look | undefined;
  /** The phase in Temporal at the last look, which may be the previous one. */
  #shownThen: string | undefined;
  #waitMs = 0;

  /** True if a query is due. `shown`: the phase in the workflow's description, or undefined. */
  isDue(nowMs: number, shown: string | undefined): boolean {
    if (this.#last === undefined) return true;
    if (shown !== undefined && shown !== this.#shownThen && shown !== this.#last.phase) return true;
    const longest = shown === undefined ? longestBlindMs : longestMs;
    return nowMs - this.#last.atMs >= Math.min(this.#waitMs, longest);
  }

  /** Records the batch's answer to a query. */
  saw(look: Look, shown: string | undefined): void {
    const rowsPerMs =
      this.#last === undefined ? 0 : (look.rows - this.#last.rows) / (look.atMs - this.#last.atMs);
    const wantedMs =
      rowsPerMs > 0 ? (look.questions * rowsPerQuestion) / rowsPerMs : Number.POSITIVE_INFINITY;
    // The wait at most doubles each time, so that new activity shows at once.
    const mostMs = this.#last?.phase === look.phase ? Math.min(longestMs, this.#waitMs * 2) : shortestMs;
    this.#waitMs = Math.max(shortestMs, Math.min(wantedMs, mostMs));
    this.#last = look;
    this.#shownThen = shown;
  }
}
