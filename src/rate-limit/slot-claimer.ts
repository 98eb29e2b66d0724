import type { SlotStore } from '../storage/storage.ts';
import type { OwnSlots } from './own-slots.ts';
import type { SharedRate } from './shared-rate.ts';
import { encodeSlotBatch, type SlotBatch } from './slot-batch.ts';
import type { SlotLedger } from './slot-ledger.ts';
import { planSlots } from './slot-plan.ts';

export interface SlotClaimerOptions {
  readonly store: SlotStore;
  readonly sharedLimit: string;
  readonly nowMs: () => number;
  /** There are slots that were not there before. */
  readonly onSlots: () => void;
  /** The storage fails. */
  readonly onFault: (error: unknown) => void;
}

/** Slots are taken so long before they are due: longer than an intent usually takes to become durable. */
const leadMs = 120;
/** With rows that wait for long a worker takes slots sooner by up to this, so that no worker is always too late. */
const urgentLeadMs = 80;
const urgentAfterMs = 3_000;
/** A slot that was used late is told within so long. */
const reportedAfterMs = 300;
/** A slot batch has the slots of so long: short enough to share out, long enough to cost little. */
const slotBatchMs = 80;
/** A worker that wants less than a slot batch, and whose rows may wait, gathers for so long: rows that come one by one shall not be a slot batch each. */
const gatherMs = 50;
/** Other workers' refusals are seen after so long, whatever the pace. */
const longestSleepMs = 500;

/** Takes slot batches of a shared limit for this worker, one after the other, while it has rows for them. */
export class SlotClaimer {
  #wanted = 0;
  #oldestWaitMs = 0;
  #isTaking = false;
  #isStopped = false;
  #mayGather = false;
  /** No slot batch before, unless there is news. */
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

  /**
   * From now on so many slots are wanted at hand, and the oldest row has waited for so long. `mayGather`: rows enough are
   * handed out for the rate, so that none is slower for a slot that comes a little later.
   */
  want(count: number, oldestWaitMs: number, mayGather: boolean): void {
    this.#wanted = count;
    this.#oldestWaitMs = oldestWaitMs;
    if (!mayGather) this.#endGathering();
    this.#mayGather = mayGather;
    if (this.#own.count < count) this.#begin();
  }

  /** The rate is another now: what is slept for may be due. */
  wake(): void {
    this.#wake();
  }

  /** The gateway refused: the other workers are told at once. */
  reportRefusals(): void {
    this.#wake();
    this.#begin();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  get #hasNews(): boolean {
    return this.#rate.news !== undefined || this.#rate.hasRefusals;
  }

  #begin(): void {
    if (!this.#isTaking) void this.#take();
  }

  async #take(): Promise<void> {
    this.#isTaking = true;
    try {
      while (!this.#isStopped && (this.#own.count < this.#wanted || this.#hasNews)) {
        await this.#claimSlotBatch();
      }
    } catch (error) {
      this.#options.onFault(error);
    } finally {
      this.#isTaking = false;
    }
  }

  async #claimSlotBatch(): Promise<void> {
    const { nowMs } = this.#options;
    const gatheringMs = this.#gatherUntilMs - nowMs();
    if (gatheringMs > 0 && !this.#hasNews) {
      await this.#sleep(Math.min(gatheringMs, gatherMs));
      return;
    }
    const [ledger, rate, own] = [this.#ledger, this.#rate, this.#own];
    const cutAtMs = rate.pressure?.cutAtMs ?? 0;
    await ledger.look(rate.ratePerS, nowMs(), rate.hasRefusals);
    await ledger.follow(nowMs());
    // Another worker was refused: the slots of before are too fast.
    if ((ledger.pressure?.cutAtMs ?? 0) > cutAtMs) own.drop();
    if (rate.weighRefusals()) own.drop();
    const { pressure, ratePerS } = rate;
    const fromMs = (): number => Math.max(nowMs(), pressure?.resumeAtMs ?? 0);
    const full = Math.max(1, Math.round((ratePerS * slotBatchMs) / 1_000));
    const count = Math.min(full, this.#wanted - own.count);
    const [soonestMs = 0] = planSlots(ledger, ratePerS, 1, fromMs()).times;
    const waitMs = soonestMs - nowMs() - this.#leadMs();
    const isEarly = waitMs > 0 || count < 1;
    if (isEarly && rate.news === undefined) {
      await this.#sleep(Math.min(waitMs, longestSleepMs));
      return;
    }
    if (!isEarly) {
      const { mostLateMs } = own;
      await ledger.refresh(ratePerS, count, mostLateMs, nowMs() - mostLateMs - reportedAfterMs);
    }
    // A slot batch without slots has only the news.
    const plan = isEarly
      ? { times: [], virtualMs: ledger.virtualMs }
      : planSlots(ledger, ratePerS, count, fromMs());
    const slotBatch: SlotBatch = {
      version: 1,
      first: ledger.next,
      times: [...plan.times],
      virtualMs: plan.virtualMs,
      ...(pressure !== undefined && rate.isSlowed ? { pressure } : {}),
    };
    if (!(await this.#make(slotBatch))) return;
    if (this.#mayGather && !isEarly && count < full) this.#gatherUntilMs = nowMs() + gatherMs;
    await ledger.clean(ratePerS, nowMs());
  }

  /** Makes the slot batch of the next number; false where another worker was first. */
  async #make(slotBatch: SlotBatch): Promise<boolean> {
    const { store, sharedLimit, nowMs, onSlots } = this.#options;
    const number = this.#ledger.newest + 1;
    const { news } = this.#rate;
    if (!(await store.create(sharedLimit, number, encodeSlotBatch(slotBatch)))) return false;
    this.#rate.reported(news);
    this.#ledger.add(slotBatch, nowMs());
    // A refusal that came meanwhile wants these slots not used.
    if (!this.#hasNews) this.#own.add(number, slotBatch);
    onSlots();
    return true;
  }

  #endGathering(): void {
    if (this.#gatherUntilMs === 0) return;
    this.#gatherUntilMs = 0;
    this.#wake();
  }

  #leadMs(): number {
    return leadMs + urgentLeadMs * Math.min(1, this.#oldestWaitMs / urgentAfterMs);
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
