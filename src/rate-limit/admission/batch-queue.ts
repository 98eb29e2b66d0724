import type { UsedSlot } from '../slots/own-slots.ts';
import type { SharedLimit } from '../slots/shared-limit.ts';
import { EffectiveConcurrency } from './effective-concurrency.ts';

/** How fast a batch may go. */
export interface Limits {
  /** Requests per second of this batch; absent: no limit of its own. */
  readonly ratePerS?: number;
  /** The most requests of this batch in flight at once. */
  readonly concurrency: number;
}

/** The wait would be longer than the caller may spend: come back after this time. */
export interface ComeBack {
  readonly kind: 'come_back';
  readonly afterMs: number;
}

/**
 * `go`: send now. Otherwise the slot is too far away for an intent that exists: come back later.
 */
export type SlotDecision = 'go' | ComeBack;

/** A row that waits for admission, before it has an intent. */
export interface WaitingRow {
  readonly sinceMs: number;
  admit(): void;
  dismiss(comeBack: ComeBack): void;
  fail(error: unknown): void;
}

/** A row that has its intent and waits for its slot. */
export interface ReadyRow {
  /** `used` are the slots that it uses, of the batch's limit and of the account's. */
  take(decision: SlotDecision, used?: readonly UsedSlot[]): void;
  fail(error: unknown): void;
}

/**
 * The rows of one batch in this process: those that wait for admission, and those that wait for
 * their slot.
 */
export class BatchQueue {
  limits: Limits;
  /** The slots of the batch's own limit; undefined if it has none. */
  sharedLimit: SharedLimit | undefined;
  /** For admission, in the order in which they came. */
  readonly waiting = new Set<WaitingRow>();
  /** For their slots, in the order in which their intents became durable. */
  readonly ready = new Set<ReadyRow>();
  /** Rows admitted and not answered. */
  inFlight = 0;
  /** Rows admitted and not sent. */
  admitted = 0;
  readonly effective = new EffectiveConcurrency();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Applies limits that may have changed. */
  changeLimits(limits: Limits): void {
    const isSame = limits.ratePerS === this.limits.ratePerS && limits.concurrency === this.limits.concurrency;
    // The workflow uses the new limits until it gets an update.
    if (!isSame) this.effective.forgetUpdate();
    this.limits = limits;
  }

  get firstWaiting(): WaitingRow | undefined {
    const [first] = this.waiting;
    return first;
  }

  get isFull(): boolean {
    return this.inFlight >= this.limits.concurrency;
  }

  /** Rows that have not been sent, admitted or not. */
  get unsent(): number {
    return this.waiting.size + this.admitted;
  }
}

/**
 * This many more rows than there are slots may be admitted: their intents are durable when a slot
 * comes, so that no slot is lost to an intent that takes longer. None at low rates, since an intent
 * grows old.
 */
function slackOf(ratePerS: number): number {
  return ratePerS < 20 ? 0 : 1 + Math.ceil(ratePerS * 0.05);
}

/** How many rows may be admitted and not sent under this limit. */
export function roomOf(sharedLimit: SharedLimit | undefined): number {
  return sharedLimit === undefined
    ? Number.POSITIVE_INFINITY
    : sharedLimit.inHand + slackOf(sharedLimit.ratePerS);
}
