/*
 * When the next requests under a limit may leave. Pure: workers that see the same slots plan the
 * same ones.
 *
 * With a limit of N per second, the next slot is one second after the Nth-latest request before it
 * left or will leave, and slots are planned in ascending order. So no second has more than N
 * planned, however late single slots were used. (With evenly counted slots, one that is used late
 * would crowd the second after it.) Nth-latest in time, not by number: a slot that is used late
 * then costs its own lateness, not that of every slot that overtook it.
 *
 * Requests reach the gateway some milliseconds earlier or later than they left. The tolerance of
 * the limit is for those, and a second rule keeps it: the tolerated requests have a longer period.
 * One more of them in a second would have to be late by most of what the tolerated ones would take,
 * 18 ms at 50 per second.
 *
 * The slots also follow a virtual clock that gives one slot every 1/N s, so that they are even.
 */

/** The slots planned so far. */
export interface SlotHistory {
  /** When the last slot is to be used, in milliseconds of the Unix epoch. */
  readonly lastMs: number;
  /** The virtual clock after the last slot. */
  readonly virtualMs: number;
  /** When slots were used, or are to be used, ascending; as far back as planning needs them. */
  sortedTimes(): number[];
}

export interface SlotPlan {
  readonly times: readonly number[];
  readonly virtualMs: number;
}

/** Our usual spaces are this much wider than the limit's. */
const margin = 1.003;
/** A limit tolerates this share of it, at least one request. */
const tolerance = 0.02;
/** The share of the tolerated requests' time that is kept for those that reach the gateway late. */
const keptShare = 0.9;
/** After lost time slots follow each other at this share of the usual space, not all at once. */
const catchUpShare = 0.75;
/** Lost time is made up for over at most this long; older lost time is not. */
const mostBehindMs = 1_000;

/** At most this many slots in any time of this length. */
export interface Period {
  readonly slots: number;
  readonly periodMs: number;
}

/** A limit's own period: one second, or as much longer as makes the number of slots whole. */
export function periodOf(ratePerS: number): Period {
  const slots = Math.max(1, Math.ceil(ratePerS));
  return { slots, periodMs: (slots * 1_000) / ratePerS };
}

/** The longer period, of the limit's slots and the tolerated ones. */
export function toleratedPeriodOf(ratePerS: number): Period {
  const { slots } = periodOf(ratePerS);
  const tolerated = Math.max(1, Math.floor(ratePerS * tolerance));
  return { slots: slots + tolerated, periodMs: ((slots + keptShare * tolerated) * 1_000) / ratePerS };
}

/** The usual space between two slots. */
export function spaceOf(ratePerS: number): number {
  return (1_000 * margin) / ratePerS;
}

/** When one more slot may be used, given the first `count` of these, in ascending order. */
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
  // After a time in which no slots were wanted there is nothing to make up for.
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

/** Nearly always at the end: only a slot that is used late comes after one that is planned now. */
function insertInto(sorted: number[], time: number): void {
  const after = sorted.findLastIndex((other) => other <= time);
  sorted.splice(after + 1, 0, time);
}
