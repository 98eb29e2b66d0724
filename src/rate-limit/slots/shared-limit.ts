import { OwnSlots, type UsedSlot } from './own-slots.ts';
import { type NewRefusal, SharedRate } from './shared-rate.ts';
import { type Demand, SlotClaimer, type SlotClaimerOptions } from './slot-claimer.ts';
import { SlotLedger } from './slot-ledger.ts';
import { spaceOf } from './slot-plan.ts';

export interface SharedLimitOptions extends SlotClaimerOptions {
  /** Undefined: no limit but back-off. */
  readonly limitPerS: number | undefined;
}

/**
 * One limit that all workers share through the storage, as this worker sees it: a batch's, or an
 * account's. rate-limiter.ts explains how.
 */
export class SharedLimit {
  readonly #nowMs: () => number;
  readonly #ledger: SlotLedger;
  readonly #rate: SharedRate;
  readonly #own: OwnSlots;
  readonly #claimer: SlotClaimer;

  constructor(options: SharedLimitOptions) {
    this.#nowMs = options.nowMs;
    this.#ledger = new SlotLedger(options.store, options.folder);
    this.#rate = new SharedRate(options.limitPerS, this.#ledger, options.nowMs);
    this.#own = new OwnSlots(options, this.#ledger, this.#rate);
    this.#claimer = new SlotClaimer(options, this.#ledger, this.#rate, this.#own);
  }

  /** The current requests per second; undefined if nothing limits them any more. */
  get rateNow(): number | undefined {
    return this.#rate.rateNow;
  }

  get ratePerS(): number {
    return this.#rate.ratePerS;
  }

  /** How many slots this worker has, due and to come. */
  get inHand(): number {
    return this.#own.count;
  }

  /** When the next slot may be used; undefined if this worker has none. */
  get nextMs(): number | undefined {
    return this.#own.nextMs;
  }

  get isDue(): boolean {
    return this.#own.isDue;
  }

  /**
   * How long until a row with this many before it in this process has a slot, as far as this worker
   * knows.
   */
  waitMs(ahead: number): number {
    const nowMs = this.#nowMs();
    this.#ledger.forgetFuture(this.ratePerS, nowMs);
    const missing = ahead + 1 - this.inHand;
    const spaceMs = spaceOf(this.ratePerS);
    const earliestMs = Math.max(nowMs, this.#rate.backOff?.resumeAtMs ?? 0) - spaceMs;
    const atMs =
      missing <= 0
        ? (this.#own.timeOf(ahead) ?? 0)
        : Math.max(this.#ledger.lastMs, earliestMs) + missing * spaceMs;
    return Math.max(0, Math.ceil(atMs - nowMs));
  }

  /** Uses a slot that is due. */
  use(): UsedSlot {
    return this.#own.use();
  }

  /** Sets what the rows of this process need from now on. */
  want(demand: Demand): void {
    this.#claimer.want(demand);
  }

  changeLimit(limitPerS: number | undefined): void {
    if (this.#rate.changeLimit(limitPerS)) this.#claimer.wake();
  }

  /**
   * The gateway refused a request: no worker sends until the gateway wants more requests, and then
   * slower.
   */
  refuse(refusal: NewRefusal): void {
    this.#rate.refuse(refusal);
    this.#own.drop();
    this.#claimer.wake();
  }

  /** How many slots of all workers, as far as this one knows, were in the second before a time. */
  slotsBefore(atMs: number): number {
    return this.#ledger.slotsBefore(atMs);
  }

  stop(): void {
    this.#claimer.stop();
  }
}
