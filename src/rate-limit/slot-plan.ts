/*
 * When the next requests under a limit may go out. Pure: every worker that sees the same slots plans the same ones.
 *
 * With a limit of N a second, a slot is planned at the earliest a second after the Nth-last request before it really went
 * out, or will, and slots are planned in ascending order. So no second has more than N planned, however late single slots
 * were used. (Where slots were merely counted out evenly, one that is used late would crowd the second that follows it.) The
 * Nth-last in time, not in number: a slot that is used late then costs its own lateness, and not that of all the slots that
 * overtook it.
 *
 * Requests reach the gateway some milliseconds sooner or later than they left. The tolerance of the limit is for those, and a
 * second rule keeps it: as many as are tolerated have a longer time, so that one more of them in a second has to be late by
 * most of what the tolerated ones would take, 18 ms at 50 a second.
 *
 * Beside that the slots follow a virtual clock that gives one slot each 1/N s, so that they are spread evenly.
 */

/** The slots that were planned before. */
export interface SlotHistory {
  /** When the last slot is to be used, in milliseconds of the Unix epoch. */
  readonly lastMs: number;
  /** The virtual clock after the last slot. */
  readonly virtualMs: number;
  /** When they were used, or are to be used, ascending; as far back as anybody needs them. */
  sortedTimes(): number[];
}

export interface SlotPlan {
  readonly times: readonly number[];
  readonly virtualMs: number;
}

/** Our usual spaces are so much wider than the limit's. */
const margin = 1.003;
/** What a limit tolerates: so much of it, or one request. */
const tolerance = 0.02;
/** Of the time that the tolerated requests would have, so much is kept for those that reach the gateway late. */
const keptShare = 0.9;
/** After lost time slots follow each other faster by this, not all at once. */
const catchUpShare = 0.75;
/** Time that was lost is made up for over so long; what was lost before that is gone. */
const mostBehindMs = 1_000;

/** So many slots at most in any time of such a length. */
export interface Period {
  readonly slots: number;
  readonly periodMs: number;
}

/** A limit's own period: one second, or as much longer as makes the number of slots whole. */
export function periodOf(ratePerS: number): Period {
  const slots = Math.max(1, Math.ceil(ratePerS));
  return { slots, periodMs: (slots * 1_000) / ratePerS };
}

/** The longer period, of as many slots as the limit tolerates in its own. */
export function toleratedPeriodOf(ratePerS: number): Period {
  const { slots } = periodOf(ratePerS);
  const tolerated = Math.max(1, Math.floor(ratePerS * tolerance));
  return { slots: slots + tolerated, periodMs: ((slots + keptShare * tolerated) * 1_000) / ratePerS };
}

/** The usual space between two slots. */
export function spaceOf(ratePerS: number): number {
  return (1_000 * margin) / ratePerS;
}

/** From when on one more slot may be used, where these were used before, in ascending order. */
export function freeFromMs(before: readonly number[], ratePerS: number, count = before.length): number {
  return Math.max(
    ...[periodOf(ratePerS), toleratedPeriodOf(ratePerS)].map(
      ({ slots, periodMs }) => (before[count - slots] ?? Number.NEGATIVE_INFINITY) + periodMs,
    ),
  );
}

/** Plans the next `count` slots; none is before `fromMs`. */
export function planSlots(history: SlotHistory, ratePerS: number, count: number, fromMs: number): SlotPlan {
  const spaceMs = spaceOf(ratePerS);
  const times: number[] = [];
  const before = history.sortedTimes();
  let { lastMs, virtualMs } = history;
  // After a time in which nobody wanted slots there is nothing to make up for.
  if (virtualMs + spaceMs < fromMs - mostBehindMs) virtualMs = fromMs - spaceMs;
  for (let index = 0; index < count; index += 1) {
    virtualMs += spaceMs;
    const atMs = Math.max(fromMs, virtualMs, lastMs + spaceMs * catchUpShare, freeFromMs(before, ratePerS));
    const plannedMs = Math.round(atMs * 10) / 10;
    times.push(plannedMs);
    insertInto(before, plannedMs);
    lastMs = atMs;
    virtualMs = Math.max(virtualMs, atMs - mostBehindMs);
  }
  return { times, virtualMs };
}

/** Nearly always at its end: only a slot that is used late stands behind one that is planned now. */
function insertInto(sorted: number[], time: number): void {
  const after = sorted.findLastIndex((other) => other <= time);
  sorted.splice(after + 1, 0, time);
}
