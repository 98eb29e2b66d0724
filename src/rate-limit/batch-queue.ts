import type { UsedSlot } from './own-slots.ts';
import type { ComeBack, Slot } from './permit.ts';
import type { SharedLimit } from './shared-limit.ts';

export interface Limits {
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
const reportedDifference = 0.1;

/** An answer counts so much among those before it. */
const answerWeight = 0.05;
/** One that took very much longer than those before it (a request that hung) counts as one that took so much longer. */
const mostTimesLonger = 3;
const mostLongerS = 1;

/** Somebody who waits for leave to make an intent. */
export interface Waiter {
  readonly sinceMs: number;
  admit(): void;
  dismiss(entry: ComeBack): void;
  fail(error: unknown): void;
}

/** A request whose intent is made. */
export interface ReadyRow {
  /** `used` are the slots that it takes, of the batch's limit and of the account's. */
  take(slot: Slot, used?: readonly UsedSlot[]): void;
  fail(error: unknown): void;
}

/** What one batch has before and between the two gates, in this process. */
export class BatchQueue {
  limits: Limits;
  /** The slots of the batch's own limit; undefined where it has none. */
  sharedLimit: SharedLimit | undefined;
  /** Before the first gate, who came first first. */
  readonly waiting = new Set<Waiter>();
  /** At the second gate: intents are made, requests wait for their slot. */
  readonly ready = new Set<ReadyRow>();
  /** Let in and not answered. */
  inFlight = 0;
  /** Let in and not sent. */
  between = 0;

  /** What the gateway takes to answer, over the last answers; undefined: it has not answered yet. */
  answerS: number | undefined;
  /** Of how many concurrency is use, as was told last; undefined: nothing was, and what another worker told may hold. */
  #reportedConcurrency: number | undefined;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Intents of how many concurrency is use; gives it back where it differs enough to be told. */
  news(concurrency: number): number | undefined {
    const reported = this.#reportedConcurrency;
    if (reported !== undefined && Math.abs(concurrency - reported) <= reported * reportedDifference)
      return undefined;
    this.#reportedConcurrency = concurrency;
    return concurrency;
  }

  /** Takes a rate that may have changed: then the batch goes by it until it is told anew. */
  changeLimits(limits: Limits): void {
    const isSame = limits.ratePerS === this.limits.ratePerS && limits.concurrency === this.limits.concurrency;
    if (!isSame) this.#reportedConcurrency = undefined;
    this.limits = limits;
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
    return this.inFlight >= this.limits.concurrency;
  }
}

/**
 * So many more than there are slots may pass the first gate: their intents are ready when a slot comes, so that none is lost
 * for an intent that takes longer. At slow rates none, since an intent gets old.
 */
export function slackOf(ratePerS: number): number {
  return ratePerS < 20 ? 0 : 1 + Math.ceil(ratePerS * 0.05);
}

/** How many may be between the gates for this shared limit's sake. */
export function roomOf(sharedLimit: SharedLimit | undefined): number {
  return sharedLimit === undefined
    ? Number.POSITIVE_INFINITY
    : sharedLimit.inHand + slackOf(sharedLimit.ratePerS);
}
