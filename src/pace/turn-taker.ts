import type { TurnStore } from '../storage/storage.ts';
import type { BookRate } from './book-rate.ts';
import type { OwnTurns } from './own-turns.ts';
import { encodeTurnBlock, type TurnBlock } from './turn-block.ts';
import type { TurnLedger } from './turn-ledger.ts';
import { planTurns } from './turn-plan.ts';

export interface TurnTakerOptions {
  readonly store: TurnStore;
  readonly book: string;
  readonly nowMs: () => number;
  /** There are turns that were not there before. */
  readonly onTurns: () => void;
  /** The storage fails. */
  readonly onFault: (error: unknown) => void;
}

/** Turns are taken so long before they are due: longer than a note usually takes to become durable. */
const leadMs = 120;
/** With rows that wait for long a worker takes turns sooner by up to this, so that no worker is always too late. */
const urgentLeadMs = 80;
const urgentAfterMs = 3_000;
/** A turn that was used late is told within so long. */
const toldAfterMs = 300;
/** A block has the turns of so long: short enough to share out, long enough to cost little. */
const blockMs = 80;
/** A worker that wants less than a block, and whose rows may wait, gathers for so long: rows that come one by one shall not be a block each. */
const gatherMs = 50;
/** Other workers' refusals are seen after so long, whatever the pace. */
const longestSleepMs = 500;

/** Takes blocks of turns of a book for this worker, one after the other, while it has rows for them. */
export class TurnTaker {
  #wanted = 0;
  #oldestWaitMs = 0;
  #isTaking = false;
  #isStopped = false;
  #mayGather = false;
  /** No block before, unless there is news. */
  #gatherUntilMs = 0;
  #wake: () => void = () => undefined;
  readonly #options: TurnTakerOptions;
  readonly #ledger: TurnLedger;
  readonly #rate: BookRate;
  readonly #own: OwnTurns;

  constructor(options: TurnTakerOptions, ledger: TurnLedger, rate: BookRate, own: OwnTurns) {
    this.#options = options;
    this.#ledger = ledger;
    this.#rate = rate;
    this.#own = own;
  }

  /**
   * From now on so many turns are wanted at hand, and the oldest row has waited for so long. `mayGather`: rows enough are
   * handed out for the rate, so that none is slower for a turn that comes a little later.
   */
  want(count: number, oldestWaitMs: number, mayGather: boolean): void {
    this.#wanted = count;
    this.#oldestWaitMs = oldestWaitMs;
    if (!mayGather) this.#endGathering();
    this.#mayGather = mayGather;
    if (this.#own.count < count) this.#begin();
  }

  /** The pace is another now: what is slept for may be due. */
  wake(): void {
    this.#wake();
  }

  /** The gateway refused: the other workers are told at once. */
  tellRefusals(): void {
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
        await this.#takeBlock();
      }
    } catch (error) {
      this.#options.onFault(error);
    } finally {
      this.#isTaking = false;
    }
  }

  async #takeBlock(): Promise<void> {
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
    // Another worker was refused: the turns of before are too fast.
    if ((ledger.pressure?.cutAtMs ?? 0) > cutAtMs) own.drop();
    if (rate.weighRefusals()) own.drop();
    const { pressure, ratePerS } = rate;
    const fromMs = (): number => Math.max(nowMs(), pressure?.resumeAtMs ?? 0);
    const full = Math.max(1, Math.round((ratePerS * blockMs) / 1_000));
    const count = Math.min(full, this.#wanted - own.count);
    const [soonestMs = 0] = planTurns(ledger, ratePerS, 1, fromMs()).times;
    const waitMs = soonestMs - nowMs() - this.#leadMs();
    const isEarly = waitMs > 0 || count < 1;
    if (isEarly && rate.news === undefined) {
      await this.#sleep(Math.min(waitMs, longestSleepMs));
      return;
    }
    if (!isEarly) {
      const { mostLateMs } = own;
      await ledger.refresh(ratePerS, count, mostLateMs, nowMs() - mostLateMs - toldAfterMs);
    }
    // A block without turns has only the news.
    const plan = isEarly
      ? { times: [], virtualMs: ledger.virtualMs }
      : planTurns(ledger, ratePerS, count, fromMs());
    const block: TurnBlock = {
      version: 1,
      first: ledger.next,
      times: [...plan.times],
      virtualMs: plan.virtualMs,
      ...(pressure !== undefined && rate.isSlowed ? { pressure } : {}),
    };
    if (!(await this.#make(block))) return;
    if (this.#mayGather && !isEarly && count < full) this.#gatherUntilMs = nowMs() + gatherMs;
    await ledger.clean(ratePerS, nowMs());
  }

  /** Makes the block of the next number; false where another worker was first. */
  async #make(block: TurnBlock): Promise<boolean> {
    const { store, book, nowMs, onTurns } = this.#options;
    const number = this.#ledger.newest + 1;
    const { news } = this.#rate;
    if (!(await store.create(book, number, encodeTurnBlock(block)))) return false;
    this.#rate.told(news);
    this.#ledger.add(block, nowMs());
    // A refusal that came meanwhile wants these turns not used.
    if (!this.#hasNews) this.#own.add(number, block);
    onTurns();
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
