/*
 * The slots of one limit, as one worker takes them. All workers under the limit share a shared limit in the storage: slot batches of
 * slots, each taken by whoever makes the slot batch of the next number first (slot-taker.ts). A worker takes slots only while it
 * has rows for them, and shortly before they are due, so that one that dies, or has nothing more to send, leaves few unused.
 *
 * A slot that was used late says so in its slot batch, for whoever plans the slot one period later (own-slots.ts). One that
 * nobody could use in time is lost. What the gateway refused slows all workers of the shared limit (shared limit-rate.ts).
 */

import { OwnSlots, type UsedSlot } from './own-slots.ts';
import { type NewRefusal, SharedRate } from './shared-rate.ts';
import { SlotClaimer, type SlotClaimerOptions } from './slot-claimer.ts';
import { SlotLedger } from './slot-ledger.ts';
import { spaceOf } from './slot-plan.ts';

export interface SharedLimitOptions extends SlotClaimerOptions {
  /** Undefined: no limit but what the gateway's refusals make. */
  readonly limitPerS: number | undefined;
}

export class SharedLimit {
  readonly #nowMs: () => number;
  readonly #ledger: SlotLedger;
  readonly #rate: SharedRate;
  readonly #own: OwnSlots;
  readonly #claimer: SlotClaimer;

  constructor(options: SharedLimitOptions) {
    this.#nowMs = options.nowMs;
    this.#ledger = new SlotLedger(options.store, options.sharedLimit);
    this.#rate = new SharedRate(options.limitPerS, this.#ledger, options.nowMs);
    this.#own = new OwnSlots(options, this.#ledger, this.#rate);
    this.#claimer = new SlotClaimer(options, this.#ledger, this.#rate, this.#own);
  }

  /** Requests a second, now; undefined where nothing limits them any more. */
  get limitsNow(): number | undefined {
    return this.#rate.limitsNow;
  }

  get ratePerS(): number {
    return this.#rate.ratePerS;
  }

  /** How many slots this worker has, due and to come. */
  get inHand(): number {
    return this.#own.count;
  }

  /** When the next slot may be used; undefined where this worker has none. */
  get nextMs(): number | undefined {
    return this.#own.nextMs;
  }

  get isDue(): boolean {
    return this.#own.isDue;
  }

  /** How long until somebody with so many before him in this process has a slot, as far as this worker has looked. */
  waitMs(ahead: number): number {
    const missing = ahead + 1 - this.inHand;
    const nowMs = this.#nowMs();
    const spaceMs = spaceOf(this.ratePerS);
    const earliestMs = Math.max(nowMs, this.#rate.pressure?.resumeAtMs ?? 0) - spaceMs;
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

  /** From now on this worker wants so many slots at hand, and its oldest row has waited for so long; see TurnTaker. */
  want(count: number, oldestWaitMs: number, mayGather: boolean): void {
    this.#claimer.want(count, oldestWaitMs, mayGather);
  }

  changeLimit(limitPerS: number | undefined): void {
    if (this.#rate.changeLimit(limitPerS)) this.#claimer.wake();
  }

  /** The gateway refused a request: nobody sends until it wants to be asked again, and then slower. */
  refuse(refusal: NewRefusal): void {
    this.#rate.refuse(refusal);
    this.#own.drop();
    this.#claimer.reportRefusals();
  }

  /** How many slots of all workers, as far as this one has looked, were in the second before a time. */
  slotsBefore(atMs: number): number {
    return this.#ledger.slotsBefore(atMs);
  }

  stop(): void {
    this.#claimer.stop();
  }
}
