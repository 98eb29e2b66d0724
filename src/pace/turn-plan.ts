/*
 * When the next requests under a limit may go out. Pure: every worker that sees the same turns plans the same ones.
 *
 * With a limit of N a second, a turn is planned at the earliest a period after the Nth-last request before it really went
 * out, or will, and turns are planned in ascending order. So no window of one period has more than N, however late single
 * turns were used. (Where turns were merely counted out evenly, one that is used late would crowd the second that follows
 * it.) The Nth-last in time, not in number: a turn that is used late then costs its own lateness, and not that of all the
 * turns that overtook it.
 *
 * Beside that the turns follow a virtual clock that gives one turn each 1/N s, so that they are spread evenly.
 */

/** The turns that were planned before. */
export interface TurnHistory {
  /** When the last turn is to be used, in milliseconds of the Unix epoch. */
  readonly lastMs: number;
  /** The virtual clock after the last turn. */
  readonly virtualMs: number;
  /** When they were used, or are to be used, ascending; as far back as anybody needs them. */
  sortedTimes(): number[];
}

export interface TurnPlan {
  readonly times: readonly number[];
  readonly virtualMs: number;
}

/** Our spaces are so much wider than the limit's: requests reach the gateway some milliseconds sooner or later than they left. */
const margin = 1.003;
/** After lost time turns follow each other faster by this, not all at once. */
const catchUpShare = 0.5;
/** Time that was lost is made up for over so long; what was lost before that is gone. */
const mostBehindMs = 1_000;

/** How many turns a period has, and how long it is: one second, or as much longer as makes the number whole. */
export function periodOf(ratePerS: number): { readonly turns: number; readonly periodMs: number } {
  const turns = Math.max(1, Math.ceil(ratePerS));
  return { turns, periodMs: (turns * 1_000 * margin) / ratePerS };
}

/** The usual space between two turns. */
export function spaceOf(ratePerS: number): number {
  return (1_000 * margin) / ratePerS;
}

/** Plans the next `count` turns; none is before `fromMs`. */
export function planTurns(history: TurnHistory, ratePerS: number, count: number, fromMs: number): TurnPlan {
  const { turns, periodMs } = periodOf(ratePerS);
  const spaceMs = spaceOf(ratePerS);
  const times: number[] = [];
  const before = history.sortedTimes();
  let { lastMs, virtualMs } = history;
  // After a time in which nobody wanted turns there is nothing to make up for.
  if (virtualMs + spaceMs < fromMs - mostBehindMs) virtualMs = fromMs - spaceMs;
  for (let index = 0; index < count; index += 1) {
    virtualMs += spaceMs;
    const backMs = before.at(-turns);
    const atMs = Math.max(
      fromMs,
      virtualMs,
      lastMs + spaceMs * catchUpShare,
      backMs === undefined ? 0 : backMs + periodMs,
    );
    const plannedMs = Math.round(atMs * 10) / 10;
    times.push(plannedMs);
    insertInto(before, plannedMs);
    lastMs = atMs;
    virtualMs = Math.max(virtualMs, atMs - mostBehindMs);
  }
  return { times, virtualMs };
}

/** Nearly always at its end: only a turn that is used late stands behind one that is planned now. */
function insertInto(sorted: number[], time: number): void {
  const after = sorted.findLastIndex((other) => other <= time);
  sorted.splice(after + 1, 0, time);
}
