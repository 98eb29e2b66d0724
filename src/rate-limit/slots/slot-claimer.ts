import type { SlotStore } from '../../storage/storage.ts';
import type { OwnSlots } from './own-slots.ts';
import type { SharedRate } from './shared-rate.ts';
import { encodeSlotBatch, type SlotBatch } from './slot-batch.ts';
import type { SlotLedger } from './slot-ledger.ts';
import { planSlots } from './slot-plan.ts';

export interface SlotClaimerOptions {
  readonly store: SlotStore;
  /** The folder of the storage that holds the limit's slot batches. */
  readonly folder: string;
  readonly nowMs: () => number;
  /** New slots are there. */
  readonly onSlots: () => void;
  /** The storage fails. */
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

/** Slots are claimed this long before they are due: longer than an intent usually takes to become durable. */
const leadMs = 120;
/** A worker whose rows wait long claims up to this much earlier, so that no worker is always too late. */
const urgentLeadMs = 80;
const urgentAfterMs = 3_000;
/** A slot that was used late is reported within this time. */
const reportedWithinMs = 300;
/** A full slot batch lasts this long: short enough to share fairly, long enough to cost little. */
const fullBatchMs = 80;
/** Rows that come one by one are gathered for this long, so that each does not become a slot batch. */
const gatherMs = 50;
/** Refusals that other workers met are seen within this time, whatever the rate. */
const longestSleepMs = 500;

/** Claims slot batches of a shared limit for this worker, one after the other, while it has rows for them. */
export class SlotClaimer {
  #demand: Demand = { slots: 0, oldestWaitMs: 0, mayGather: false };
  #isClaiming = false;
  #isStopped = false;
  /** No slot batch is created before this, unless there is a back-off to report. */
  #gatherUntilMs = 0;
  #wake: () => void = () => undefined;
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

  /** From now on the rows of this process need this. */
  want(demand: Demand): void {
    this.#demand = demand;
    if (!demand.mayGather) this.#endGathering();
    if (this.#own.count < demand.slots) this.#begin();
  }

  /** The rate has changed: what the claimer sleeps for may be due. */
  wake(): void {
    this.#wake();
  }

  /** The gateway refused a request: the other workers learn it at once. */
  reportRefusals(): void {
    this.#wake();
    this.#begin();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
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
    if (gatheringMs > 0 && !this.#mustReport) {
      await this.#sleep(Math.min(gatheringMs, gatherMs));
      return;
    }
    await this.#look();
    const [ledger, rate, own] = [this.#ledger, this.#rate, this.#own];
    const { backOff, ratePerS } = rate;
    const fromMs = (): number => Math.max(nowMs(), backOff?.resumeAtMs ?? 0);
    const full = Math.max(1, Math.round((ratePerS * fullBatchMs) / 1_000));
    const count = Math.min(full, this.#demand.slots - own.count);
    const [soonestMs = 0] = planSlots(ledger, ratePerS, 1, fromMs()).times;
    const waitMs = soonestMs - nowMs() - this.#leadMs();
    const isEarly = waitMs > 0 || count < 1;
    if (isEarly && rate.unreported === undefined) {
      await this.#sleep(Math.min(waitMs, longestSleepMs));
      return;
    }
    if (!isEarly) {
      const { mostLateMs } = own;
      await ledger.refresh(ratePerS, count, mostLateMs, nowMs() - mostLateMs - reportedWithinMs);
    }
    // A batch without slots only reports the back-off.
    const plan = isEarly
      ? { times: [], virtualMs: ledger.virtualMs }
      : planSlots(ledger, ratePerS, count, fromMs());
    const batch: SlotBatch = {
      version: 1,
      first: ledger.next,
      times: [...plan.times],
      virtualMs: plan.virtualMs,
      ...(backOff !== undefined && rate.isBackingOff ? { backOff } : {}),
    };
    if (!(await this.#create(batch))) return;
    if (this.#demand.mayGather && !isEarly && count < full) this.#gatherUntilMs = nowMs() + gatherMs;
    await ledger.clean(ratePerS, nowMs());
  }

  /** Learns what the other workers claimed and reported; gives up the own slots if they are too fast now. */
  async #look(): Promise<void> {
    const [ledger, rate] = [this.#ledger, this.#rate];
    const cutAtMs = rate.backOff?.cutAtMs ?? 0;
    await ledger.look(rate.ratePerS, this.#options.nowMs());
    const wasOtherRefused = (ledger.backOff?.cutAtMs ?? 0) > cutAtMs;
    if (rate.assessRefusals() || wasOtherRefused) this.#own.drop();
  }

  /** Creates the slot batch of the next number; returns false if another worker was first. */
  async #create(batch: SlotBatch): Promise<boolean> {
    const { store, folder, onSlots } = this.#options;
    const number = this.#ledger.newest + 1;
    const { unreported } = this.#rate;
    if (!(await store.create(folder, number, encodeSlotBatch(batch)))) return false;
    this.#rate.reported(unreported);
    this.#ledger.add(batch);
    // After a refusal that came meanwhile these slots must not be used.
    if (!this.#mustReport) this.#own.add(number, batch);
    onSlots();
    return true;
  }

  #endGathering(): void {
    if (this.#gatherUntilMs === 0) return;
    this.#gatherUntilMs = 0;
    this.#wake();
  }

  #leadMs(): number {
    return leadMs + urgentLeadMs * Math.min(1, this.#demand.oldestWaitMs / urgentAfterMs);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.ceil(ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
