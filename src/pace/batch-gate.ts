import type { UsedTurn } from './own-turns.ts';
import type { ComeBack, Turn } from './permit.ts';
import type { TurnBook } from './turn-book.ts';

export interface Pace {
  /** Requests per second of this batch; absent: no limit of its own. */
  readonly ratePerS?: number;
  /** Requests of this batch under way at once, at most. */
  readonly concurrency: number;
}

/**
 * Telling costs a signal and a workflow task, so small differences are not told. A quarter would be too much: the first
 * answer of a cold process takes some tenths of a second longer than the others, and rows that are handed out for that
 * wait as much longer, just long enough for a heartbeat each.
 */
const toldDifference = 0.1;

/** An answer counts so much among those before it. */
const answerWeight = 0.05;
/** One that took very much longer than those before it (a request that hung) counts as one that took so much longer. */
const mostTimesLonger = 3;
const mostLongerS = 1;

/** Somebody who waits for leave to make a note. */
export interface Waiter {
  readonly sinceMs: number;
  admit(): void;
  dismiss(entry: ComeBack): void;
  fail(error: unknown): void;
}

/** A request whose note is made. */
export interface ReadyRow {
  /** `used` are the turns that it takes, of the batch's limit and of the account's. */
  take(turn: Turn, used?: readonly UsedTurn[]): void;
  fail(error: unknown): void;
}

/** What one batch has before and between the two gates, in this process. */
export class BatchGate {
  pace: Pace;
  /** The turns of the batch's own limit; undefined where it has none. */
  book: TurnBook | undefined;
  /** Before the first gate, who came first first. */
  readonly waiting = new Set<Waiter>();
  /** At the second gate: notes are made, requests wait for their turn. */
  readonly ready = new Set<ReadyRow>();
  /** Let in and not answered. */
  underWay = 0;
  /** Let in and not sent. */
  between = 0;

  /** What the gateway takes to answer, over the last answers; undefined: it has not answered yet. */
  answerS: number | undefined;
  /** Of how many lanes is use, as was told last; undefined: nothing was, and what another worker told may hold. */
  #toldLanes: number | undefined;

  constructor(pace: Pace) {
    this.pace = pace;
  }

  /** Notes of how many lanes is use; gives it back where it differs enough to be told. */
  news(lanes: number): number | undefined {
    const told = this.#toldLanes;
    if (told !== undefined && Math.abs(lanes - told) <= told * toldDifference) return undefined;
    this.#toldLanes = lanes;
    return lanes;
  }

  /** Takes a pace that may have changed: then the batch goes by it until it is told anew. */
  changePace(pace: Pace): void {
    const isSame = pace.ratePerS === this.pace.ratePerS && pace.concurrency === this.pace.concurrency;
    if (!isSame) this.#toldLanes = undefined;
    this.pace = pace;
  }

  /** The gateway answered a request after so long, or did not in that time. */
  answered(tookS: number): void {
    const before = this.answerS;
    if (before === undefined) {
      this.answerS = tookS;
      return;
    }
    const counted = Math.min(tookS, before * mostTimesLonger + mostLongerS);
    this.answerS = before + (counted - before) * answerWeight;
  }

  get firstWaiter(): Waiter | undefined {
    const [first] = this.waiting;
    return first;
  }

  get isFull(): boolean {
    return this.underWay >= this.pace.concurrency;
  }
}

/**
 * So many more than there are turns may pass the first gate: their notes are ready when a turn comes, so that none is lost
 * for a note that takes longer. At slow rates none, since a note gets old.
 */
export function slackOf(ratePerS: number): number {
  return ratePerS < 20 ? 0 : 1 + Math.ceil(ratePerS * 0.05);
}

/** How many may be between the gates for this book's sake. */
export function roomOf(book: TurnBook | undefined): number {
  return book === undefined ? Number.POSITIVE_INFINITY : book.inHand + slackOf(book.ratePerS);
}
