import type { SlotStore } from '../../storage/storage.ts';
import { isFar } from './far-slots.ts';
import { encodeSlotBatch, type SlotBatch } from './slot-batch.ts';
import type { SlotLedger } from './slot-ledger.ts';
import { periodOf, spaceOf } from './slot-plan.ts';

export interface OwnSlotsOptions {
  readonly store: SlotStore;
  readonly folder: string;
  readonly nowMs: () => number;
  /** Called when the storage fails. */
  readonly onFault: (error: unknown) => void;
}

/** The rate in force; it changes. */
interface CurrentRate {
  readonly ratePerS: number;
}

interface OwnSlot {
  /** The number of its slot batch. */
  readonly batch: number;
  readonly slot: number;
  readonly atMs: number;
}

/**
 * A slot may be used this late: planning by it starts, at the earliest, a period less the lead
 * after it.
 */
const lateShare = 0.5;
const mostLateMs = 2_500;
/** Slots used later than this are reported to the other workers; less is in the margin. */
const reportedLateMs = 2;
/**
 * At most one report in this time, of all slots used late since: no slot is planned by them much
 * sooner.
 */
const reportEveryMs = 50;
/**
 * A busy process serves waiting rows some hundred times a second at best: one slot each time would
 * be too few.
 */
const togetherMs = 50;
/** The clock gives whole milliseconds. */
const clockMs = 0.5;

/** Call it when the request of a slot really leaves, if that is later than the slot's use. */
export type UsedSlot = (sentAtMs: number) => void;

/** The slots of a shared limit that this worker has claimed and not used. */
export class OwnSlots {
  #slots: OwnSlot[] = [];
  #usedAtMs = 0;
  #reportedAtMs = 0;
  /** Batches with slots that were used late, which the other workers do not know yet. */
  readonly #unreported = new Set<number>();
  #isReporting = false;
  readonly #options: OwnSlotsOptions;
  readonly #ledger: SlotLedger;
  readonly #rate: CurrentRate;

  constructor(options: OwnSlotsOptions, ledger: SlotLedger, rate: CurrentRate) {
    this.#options = options;
    this.#ledger = ledger;
    this.#rate = rate;
  }

  /** How many there are, due and to come. */
  get count(): number {
    const nowMs = this.#options.nowMs();
    const lostBeforeMs = nowMs - this.mostLateMs;
    // The clock was set back since they were claimed.
    if (isFar(this.#slots[0]?.atMs ?? 0, nowMs)) this.drop();
    if (isFar(this.#usedAtMs, nowMs)) this.#usedAtMs = 0;
    while ((this.#slots[0]?.atMs ?? Number.POSITIVE_INFINITY) < lostBeforeMs) this.#slots.shift();
    return this.#slots.length;
  }

  /** When the next may be used; undefined if there is none. */
  get nextMs(): number | undefined {
    if (this.count === 0) return undefined;
    const { ratePerS } = this.#rate;
    // What was used late since this slot was planned is known now.
    const freeMs = this.#ledger.freeFromMs(ratePerS, this.#options.nowMs());
    return Math.max(this.timeOf(0) ?? 0, this.#usedAtMs + spaceOf(ratePerS) / 2, freeMs);
  }

  get isDue(): boolean {
    const { nextMs } = this;
    return nextMs !== undefined && nextMs <= this.#options.nowMs() + clockMs;
  }

  /** How late a slot may be used. */
  get mostLateMs(): number {
    return Math.min(mostLateMs, periodOf(this.#rate.ratePerS).periodMs * lateShare);
  }

  /** The time of the slot that has this many before it; undefined if there are not that many. */
  timeOf(ahead: number): number | undefined {
    return this.#slots[ahead]?.atMs;
  }

  add(batch: number, { first, times }: SlotBatch): void {
    for (const [index, atMs] of times.entries()) this.#slots.push({ batch, slot: first + index, atMs });
  }

  /** Discards all of them: they are too fast for what the gateway accepts. */
  drop(): void {
    this.#slots = [];
  }

  /** Uses a slot that is due. */
  use(): UsedSlot {
    const own = this.#slots.shift();
    if (own === undefined) throw new Error('Cannot use a slot: none is there');
    const nowMs = this.#options.nowMs();
    // Slots missed within this time are used together, earlier ones at twice the rate.
    this.#usedAtMs = Math.max(this.#usedAtMs + spaceOf(this.#rate.ratePerS) / 2, nowMs - togetherMs);
    let knownMs = own.atMs;
    const usedAt: UsedSlot = (atMs) => {
      if (atMs - knownMs <= reportedLateMs) return;
      knownMs = atMs;
      this.#usedLate(own, atMs);
    };
    usedAt(nowMs);
    return usedAt;
  }

  #usedLate({ batch, slot }: OwnSlot, atMs: number): void {
    this.#ledger.usedLate(batch, slot, atMs);
    this.#unreported.add(batch);
    if (this.#isReporting) return;
    this.#isReporting = true;
    // The first at once: a process that was late may be about to die.
    const isRecent = atMs - this.#reportedAtMs < reportEveryMs;
    this.#reportedAtMs = atMs;
    if (isRecent) setTimeout(() => void this.#report(), reportEveryMs);
    else setImmediate(() => void this.#report());
  }

  /** One write at a time: of two writes of the same batch the older might come last. */
  async #report(): Promise<void> {
    const { store, folder, onFault } = this.#options;
    try {
      for (const number of this.#unreported) {
        this.#unreported.delete(number);
        const content = this.#ledger.contentOf(number);
        if (content !== undefined) await store.replace(folder, number, encodeSlotBatch(content));
      }
    } catch (error) {
      onFault(error);
    } finally {
      this.#isReporting = false;
    }
  }
}
