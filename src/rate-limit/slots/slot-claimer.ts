import { definedOf } from '../../domain/defined.ts';
import type { SlotStore } from '../../storage/storage.ts';
import type { OwnSlots } from './own-slots.ts';
import type { SharedRate } from './shared-rate.ts';
import { encodeSlotBatch, type SlotBatch } from './slot-batch.ts';
import type { SlotLedger } from './slot-ledger.ts';
import { planSlots } from './slot-plan.ts';
import { WakeableSleep } from './wakeable-sleep.ts';

export interface SlotClaimerOptions {
  readonly store: SlotStore;
  /** The folder of the storage that holds the limit's slot batches. */
  readonly folder: string;
  readonly nowMs: () => number;
  /** Called when there are new slots. */
  readonly onSlots: () => void;
  /** Called when the storage fails. */
  readonly onFault: (error: unknown) => void;
}

/** What the rows of this process need from one shared limit. */
export interface Demand {
  /** How many slots they want in hand. */
  readonly slots: number;
  /** How long the oldest row has waited. */
  readonly oldestWaitMs: number;
  /** True if enough rows wait that none is slower if its slot comes a little later. */
  readonly mayGather: boolean;
}

/**
 * Slots are claimed this long before they are due: longer than an intent usually takes to become
 * durable.
 */
const leadMs = 120;
/**
 * A worker whose rows wait long claims up to this much earlier, so that no worker is always too
 * late.
 */
const urgentLeadMs = 80;
const urgentAfterMs = 3_000;
/** A slot that was used late is reported within this time. */
const reportedWithinMs = 300;
/** A full slot batch lasts this long: short enough to share fairly, long enough to cost little. */
const fullBatchMs = 80;
/**
 * Rows that come one by one are gathered for this long, so that each does not become a slot batch.
 */
const gatherMs = 50;
/** Refusals that other workers met are seen within this time, whatever the rate. */
const longestSleepMs = 500;

/** Claims slot batches of a shared limit, one by one, while this worker has rows for them. */
export class SlotClaimer {
  #demand: Demand = { slots: 0, oldestWaitMs: 0, mayGather: false };
  #isClaiming = false;
  #isStopped = false;
  /** No slot batch is created before this, unless there is a back-off to report. */
  #gatherUntilMs = 0;
  readonly #sleep = new WakeableSleep();
  readonly #options: SlotClaimerOptions;
  readonly #ledger: SlotLedger;
  readonly #rate: SharedRate;
  readonly #own: OwnSlots;

  constructor(options: SlotClaimerOptions, ledger: SlotLedger, rate: SharedRate, own: OwnSlots) {
    this.#options = options;
    this.#ledger = ledger;
    this.#rate = rate;
    this.#own = own;
  }

  /** Sets what the rows of this process need from now on. */
  want(demand: Demand): void {
    this.#demand = demand;
    if (!demand.mayGather && this.#gatherUntilMs > 0) {
      this.#gatherUntilMs = 0;
      this.#sleep.wake();
    }
    this.#begin();
  }

  /** The limit changed, or the gateway refused a request: the next step may be due earlier. */
  wake(): void {
    this.#sleep.wake();
    this.#begin();
  }

  stop(): void {
    this.#isStopped = true;
    this.#sleep.wake();
  }

  get #mustReport(): boolean {
    return this.#rate.unreported !== undefined || this.#rate.hasRefusals;
  }

  #begin(): void {
    if (!this.#isClaiming) void this.#claim();
  }

  async #claim(): Promise<void> {
    this.#isClaiming = true;
    try {
      while (!this.#isStopped && (this.#own.count < this.#demand.slots || this.#mustReport)) {
        await this.#claimNext();
      }
    } catch (error) {
      this.#options.onFault(error);
    } finally {
      this.#isClaiming = false;
    }
  }

  /** Claims one slot batch, or sleeps if it is too early for one. */
  async #claimNext(): Promise<void> {
    const { nowMs } = this.#options;
    const gatheringMs = this.#gatherUntilMs - nowMs();
    // Longer only if the clock was set back since.
    if (gatheringMs > 0 && gatheringMs <= gatherMs && !this.#mustReport) {
      await this.#sleep.for(gatheringMs);
      return;
    }
    await this.#look();
    const { ratePerS, unreported } = this.#rate;
    const full = Math.max(1, Math.round((ratePerS * fullBatchMs) / 1_000));
    const count = Math.min(full, this.#demand.slots - this.#own.count);
    const [soonestMs = 0] = planSlots(this.#ledger, ratePerS, 1, this.#earliestMs()).times;
    const waitMs = soonestMs - nowMs() - this.#leadMs();
    const isEarly = waitMs > 0 || count < 1;
    if (isEarly && unreported === undefined) {
      await this.#sleep.for(Math.min(waitMs, longestSleepMs));
      return;
    }
    if (!(await this.#create(isEarly ? 0 : count))) return;
    if (this.#demand.mayGather && !isEarly && count < full) this.#gatherUntilMs = nowMs() + gatherMs;
    await this.#ledger.clean(ratePerS, nowMs());
  }

  /** Reads what the other workers did. Discards its own slots if they are too fast now. */
  async #look(): Promise<void> {
    const [ledger, rate] = [this.#ledger, this.#rate];
    const cutAtMs = rate.backOff?.cutAtMs ?? 0;
    await ledger.look(rate.ratePerS, this.#options.nowMs());
    const wasOtherRefused = (ledger.backOff?.cutAtMs ?? 0) > cutAtMs;
    if (rate.assessRefusals() || wasOtherRefused) this.#own.drop();
  }

  /**
   * Creates the slot batch of the next number; returns false if another worker was first. One
   * without slots only reports the back-off.
   */
  async #create(count: number): Promise<boolean> {
    const [ledger, rate] = [this.#ledger, this.#rate];
    const { store, folder, onSlots } = this.#options;
    const { unreported } = rate;
    const batch = await this.#plan(count);
    const number = ledger.newest + 1;
    if (!(await store.create(folder, number, encodeSlotBatch(batch)))) return false;
    rate.reported(unreported);
    ledger.add(batch);
    // After a refusal that came meanwhile these slots must not be used.
    if (!this.#mustReport) this.#own.add(number, batch);
    onSlots();
    return true;
  }

  async #plan(count: number): Promise<SlotBatch> {
    const [ledger, rate] = [this.#ledger, this.#rate];
    const { backOff, ratePerS, isBackingOff } = rate;
    if (count > 0) {
      const { mostLateMs } = this.#own;
      const settledBeforeMs = this.#options.nowMs() - mostLateMs - reportedWithinMs;
      await ledger.refresh(ratePerS, count, mostLateMs, settledBeforeMs);
    }
    const { times, virtualMs } =
      count === 0
        ? { times: [], virtualMs: ledger.virtualMs }
        : planSlots(ledger, ratePerS, count, this.#earliestMs());
    return {
      version: 1,
      first: ledger.next,
      times: [...times],
      virtualMs,
      ...definedOf({ backOff: isBackingOff ? backOff : undefined }),
    };
  }

  #earliestMs(): number {
    return Math.max(this.#options.nowMs(), this.#rate.backOff?.resumeAtMs ?? 0);
  }

  #leadMs(): number {
    const urgency = this.#demand.oldestWaitMs / urgentAfterMs;
    // Negative if the clock was set back since the row came.
    return leadMs + urgentLeadMs * Math.min(1, Math.max(0, urgency));
  }
}
