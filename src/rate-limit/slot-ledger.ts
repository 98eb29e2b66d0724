import type { SlotStore } from '../storage/storage.ts';
import type { Pressure } from './back-pressure.ts';
import { decodeSlotBatch, type SlotBatch } from './slot-batch.ts';
import { freeFromMs, periodOf, type SlotHistory, toleratedPeriodOf } from './slot-plan.ts';
import { SlotTimes } from './slot-times.ts';

/** A slot batch as this worker knows it. */
interface KnownSlotBatch {
  content: SlotBatch;
  readonly isMine: boolean;
}

/** Whoever has not looked for so long looks which slot batch is the newest, since those it knows may be gone. */
const staleMs = 500;
/** Blocks are kept for so long beyond the time in which somebody plans by them. */
const keptMs = 3_000;
/**
 * Nobody knows which slots an unreadable slot batch had. Whoever took them lost its power since; still no slot is taken in the
 * second after such a slot batch was found.
 */
const unreadableMs = 1_000;
/** How often old slot batches are removed. */
const cleanEveryMs = 2_000;

/** What this worker knows of the slot batches of one shared limit: its own, and those of others as far back as planning needs them. */
export class SlotLedger implements SlotHistory {
  next = 0;
  lastMs = 0;
  virtualMs = 0;
  /** The number of the newest slot batch; 0 where there is none. */
  newest = 0;
  /** As the newest slot batch has it. */
  pressure: Pressure | undefined;
  readonly #store: SlotStore;
  readonly #sharedLimit: string;
  readonly #slotBatches = new Map<number, KnownSlotBatch>();
  readonly #times = new SlotTimes();
  /** Blocks of others that their owners may still change, or did since they were read here. */
  readonly #open = new Set<number>();
  /** Blocks that a power cut has left empty or garbled. */
  readonly #unreadable = new Set<number>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #cleanedAtMs = 0;

  constructor(store: SlotStore, sharedLimit: string) {
    this.#store = store;
    this.#sharedLimit = sharedLimit;
  }

  sortedTimes(): number[] {
    return [...this.#times.sorted];
  }

  /** From when on a slot that is due may be used, by what is known of the others up to now. */
  freeFromMs(ratePerS: number, nowMs: number): number {
    // The slot itself is among them.
    return freeFromMs(this.#times.sorted, ratePerS, this.#times.countUntil(nowMs) - 1);
  }

  /** Finds the newest slot batch, unless it was found just now and nobody must know for certain. */
  async look(ratePerS: number, nowMs: number, isPressing = false): Promise<void> {
    if (!isPressing && nowMs - this.#lookedAtMs < staleMs) return;
    const numbers = await this.#store.list(this.#sharedLimit);
    const newest = numbers.at(-1) ?? 0;
    const enough = nowMs - toleratedPeriodOf(ratePerS).periodMs - staleMs;
    let isFollowed = false;
    for (const number of numbers.reverse()) {
      if (this.#slotBatches.has(number)) break;
      const content = await this.#read(number);
      if (content === undefined) break;
      if (content === 'unreadable') {
        this.#passOver(number, nowMs);
        continue;
      }
      this.#slotBatches.set(number, { content, isMine: false });
      this.#open.add(number);
      this.#intent(content);
      if (!isFollowed) this.#follow(content);
      isFollowed = true;
      if ((content.times.at(-1) ?? enough) < enough) break;
    }
    this.newest = Math.max(this.newest, newest);
    this.#lookedAtMs = nowMs;
  }

  /** Takes over the slot batches that others made after the newest. */
  async follow(nowMs: number): Promise<void> {
    for (;;) {
      const content = await this.#read(this.newest + 1);
      if (content === undefined) return;
      this.newest += 1;
      this.#lookedAtMs = nowMs;
      if (content === 'unreadable') {
        this.#passOver(this.newest, nowMs);
        continue;
      }
      this.#slotBatches.set(this.newest, { content, isMine: false });
      this.#open.add(this.newest);
      this.#intent(content);
      this.#follow(content);
    }
  }

  /** Takes over the slot batch that this worker made after the newest. */
  add(content: SlotBatch, nowMs: number): void {
    this.newest += 1;
    this.#lookedAtMs = nowMs;
    this.#slotBatches.set(this.newest, { content, isMine: true });
    this.#intent(content);
    this.#follow(content);
  }

  /**
   * Reads again the slot batches of others that the next slots are planned by, as long as their owners may change them. A slot is
   * never used sooner than it was planned, and at most `mostLateMs` later.
   */
  async refresh(ratePerS: number, count: number, mostLateMs: number, settledBeforeMs: number): Promise<void> {
    const [fewest, most] = [periodOf(ratePerS).slots, toleratedPeriodOf(ratePerS).slots];
    const times = this.#times.sorted;
    const read = new Set<number>();
    // A slot batch that was read may have moved the Nth-last, so that another one matters: until none is left that does.
    for (let before = -1; before < read.size; ) {
      before = read.size;
      for (const number of this.#open) {
        const firstBackMs = times[times.length - most];
        const lastBackMs = times[times.length - fewest + count - 1];
        if (lastBackMs === undefined) return;
        const slotBatch = this.#slotBatches.get(number);
        const [firstMs, lastMs] = spanOf(slotBatch?.content);
        if (slotBatch === undefined || lastMs + mostLateMs < (firstBackMs ?? 0)) {
          this.#open.delete(number);
          continue;
        }
        if (firstMs > lastBackMs || read.has(number)) continue;
        read.add(number);
        const content = await this.#read(number);
        if (lastMs < settledBeforeMs) this.#open.delete(number);
        if (content === undefined || content === 'unreadable') continue;
        slotBatch.content = content;
        this.#intent(content);
      }
    }
  }

  /** A slot of this worker's own was used late. */
  used(number: number, slot: number, atMs: number): void {
    const slotBatch = this.#slotBatches.get(number);
    // So late that nobody plans by its slot batch any more.
    if (slotBatch === undefined) return;
    this.#times.set(slot, atMs);
    const { first, times } = slotBatch.content;
    slotBatch.content = {
      ...slotBatch.content,
      times: times.map((time, index) => (first + index === slot ? atMs : time)),
    };
  }

  /** How many slots were in the second before a time. */
  slotsBefore(atMs: number): number {
    return this.#times.countUntil(atMs - 0.1) - this.#times.countUntil(atMs - 1_000);
  }

  contentOf(number: number): SlotBatch | undefined {
    return this.#slotBatches.get(number)?.content;
  }

  /** Forgets and removes slot batches that nobody plans by any more. */
  async clean(ratePerS: number, nowMs: number): Promise<void> {
    if (nowMs - this.#cleanedAtMs < cleanEveryMs) return;
    this.#cleanedAtMs = nowMs;
    const oldMs = nowMs - toleratedPeriodOf(ratePerS).periodMs - keptMs;
    let oldest = this.newest;
    for (const [number, { content }] of this.#slotBatches) {
      // One without slots was made when the gateway refused.
      const lastMs = content.times.at(-1) ?? content.pressure?.cutAtMs ?? 0;
      const isOld = number < this.newest && lastMs < oldMs;
      if (!isOld) {
        oldest = Math.min(oldest, number);
        continue;
      }
      this.#slotBatches.delete(number);
      this.#open.delete(number);
      for (let index = 0; index < content.times.length; index += 1) this.#times.delete(content.first + index);
    }
    for (const number of this.#unreadable) if (number < oldest) this.#unreadable.delete(number);
    const numbers = await this.#store.list(this.#sharedLimit);
    await this.#store.remove(
      this.#sharedLimit,
      numbers.filter((number) => number < oldest),
    );
  }

  /** Undefined where it is gone. */
  async #read(number: number): Promise<SlotBatch | 'unreadable' | undefined> {
    const content = await this.#store.read(this.#sharedLimit, number);
    return content === undefined ? undefined : (decodeSlotBatch(content) ?? 'unreadable');
  }

  #passOver(number: number, nowMs: number): void {
    if (this.#unreadable.has(number)) return;
    this.#unreadable.add(number);
    this.lastMs = Math.max(this.lastMs, nowMs + unreadableMs);
  }

  #intent({ first, times }: SlotBatch): void {
    for (const [index, time] of times.entries()) this.#times.set(first + index, time);
  }

  #follow({ first, times, virtualMs, pressure }: SlotBatch): void {
    this.pressure = pressure;
    this.next = first + times.length;
    this.lastMs = Math.max(this.lastMs, times.at(-1) ?? 0);
    this.virtualMs = virtualMs;
  }
}

/** From the first to the last time of a slot batch; of one without slots, the beginning of time. */
function spanOf(slotBatch: SlotBatch | undefined): readonly [number, number] {
  const times = slotBatch?.times ?? [];
  return times.length === 0 ? [0, 0] : [Math.min(...times), Math.max(...times)];
}
