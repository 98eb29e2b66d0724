import type { SlotStore } from '../../storage/storage.ts';
import type { BackOff } from '../back-off.ts';
import { isFar } from './far-slots.ts';
import { decodeSlotBatch, type SlotBatch, spanOf } from './slot-batch.ts';
import { freeFromMs, periodOf, type SlotHistory, toleratedPeriodOf } from './slot-plan.ts';
import { SlotTimes } from './slot-times.ts';

/**
 * Slot batches are read, and later kept, for this long beyond the time in which slots are planned
 * by them.
 */
const readBackMs = 500;
const keptMs = 3_000;
/**
 * The slots of an unreadable batch are unknown. The machine that wrote it has lost its power since,
 * but still no slot is claimed in the second after such a batch was found.
 */
const unreadableMs = 1_000;
/** How often old slot batches are removed. */
const cleanEveryMs = 2_000;

/**
 * What this worker knows of the slot batches of one shared limit, as far back as planning needs
 * them.
 */
export class SlotLedger implements SlotHistory {
  /** The number of the next slot. */
  next = 0;
  lastMs = 0;
  virtualMs = 0;
  /** The number of the newest slot batch; 0 if there is none. */
  newest = 0;
  /** The back-off of the newest slot batch. */
  backOff: BackOff | undefined;
  readonly #store: SlotStore;
  readonly #folder: string;
  readonly #batches = new Map<number, SlotBatch>();
  readonly #times = new SlotTimes();
  /** Batches of other workers that may still change, or changed since they were read here. */
  readonly #open = new Set<number>();
  #cleanedAtMs = 0;

  constructor(store: SlotStore, folder: string) {
    this.#store = store;
    this.#folder = folder;
  }

  sortedTimes(): number[] {
    return [...this.#times.sorted];
  }

  /** When a slot that is due may be used, by what is known of the other slots up to now. */
  freeFromMs(ratePerS: number, nowMs: number): number {
    // The slot itself is among them.
    return freeFromMs(this.#times.sorted, ratePerS, this.#times.countUntil(nowMs) - 1);
  }

  /** How many slots were in the second before a time. */
  slotsBefore(atMs: number): number {
    return this.#times.countUntil(atMs - 0.1) - this.#times.countUntil(atMs - 1_000);
  }

  contentOf(number: number): SlotBatch | undefined {
    return this.#batches.get(number);
  }

  /** Reads the slot batches that other workers created since the last look. */
  async look(ratePerS: number, nowMs: number): Promise<void> {
    this.forgetFuture(ratePerS, nowMs);
    const numbers = await this.#store.list(this.#folder);
    const enoughMs = nowMs - toleratedPeriodOf(ratePerS).periodMs - readBackMs;
    const found: [number: number, batch: SlotBatch][] = [];
    for (const number of numbers.toReversed()) {
      if (number <= this.newest) break;
      const batch = await this.#read(number);
      if (batch === undefined) break;
      if (batch === 'unreadable') {
        this.lastMs = Math.max(this.lastMs, nowMs + unreadableMs);
        continue;
      }
      found.push([number, batch]);
      if ((batch.times.at(-1) ?? enoughMs) < enoughMs) break;
    }
    for (const [number, batch] of found.reverse()) {
      if (batch.times.some((time) => isFar(time, nowMs))) {
        this.next = Math.max(this.next, batch.first + batch.times.length);
        continue;
      }
      this.#open.add(number);
      this.#follow(number, batch);
    }
    this.newest = Math.max(this.newest, numbers.at(-1) ?? 0);
  }

  /**
   * If this worker's clock was set back, forgets what is planned by the former time. Requests of
   * the last period may have left, so no slot is claimed for as long.
   */
  forgetFuture(ratePerS: number, nowMs: number): void {
    const { periodMs } = toleratedPeriodOf(ratePerS);
    if (!isFar(this.lastMs - periodMs, nowMs)) return;
    for (const number of this.#batches.keys()) this.#forget(number);
    this.virtualMs = 0;
    this.lastMs = nowMs + periodMs;
    this.#cleanedAtMs = nowMs;
  }

  /** Adds the slot batch that this worker created after the newest. */
  add(batch: SlotBatch): void {
    this.newest += 1;
    this.#follow(this.newest, batch);
  }

  /**
   * Reads again the batches of others that the next slots are planned by, as long as they may
   * change: a slot is never used before its time, and at most `mostLateMs` after it.
   */
  async refresh(ratePerS: number, count: number, mostLateMs: number, settledBeforeMs: number): Promise<void> {
    const [fewest, most] = [periodOf(ratePerS).slots, toleratedPeriodOf(ratePerS).slots];
    const times = this.#times.sorted;
    const read = new Set<number>();
    // A batch that was read may have moved the Nth-latest, so that another one matters: repeat
    // until none does.
    for (let before = -1; before < read.size; ) {
      before = read.size;
      for (const number of this.#open) {
        const firstBackMs = times[times.length - most];
        const lastBackMs = times[times.length - fewest + count - 1];
        if (lastBackMs === undefined) return;
        const known = this.#batches.get(number);
        const [firstMs, lastMs] = known === undefined ? [0, 0] : spanOf(known);
        if (known === undefined || lastMs + mostLateMs < (firstBackMs ?? 0)) {
          this.#open.delete(number);
          continue;
        }
        if (firstMs > lastBackMs || read.has(number)) continue;
        read.add(number);
        const batch = await this.#read(number);
        if (lastMs < settledBeforeMs) this.#open.delete(number);
        if (batch === undefined || batch === 'unreadable') continue;
        this.#keep(number, batch);
      }
    }
  }

  /** One of this worker's own slots was used late. */
  usedLate(number: number, slot: number, atMs: number): void {
    const batch = this.#batches.get(number);
    // So late that no slot is planned by its batch any more.
    if (batch === undefined) return;
    this.#times.set(slot, atMs);
    const times = batch.times.with(slot - batch.first, atMs);
    this.#batches.set(number, { ...batch, times });
  }

  /** Forgets the batches that no longer matter for planning. Removes them, except the newest. */
  async clean(ratePerS: number, nowMs: number): Promise<void> {
    if (nowMs - this.#cleanedAtMs < cleanEveryMs) return;
    this.#cleanedAtMs = nowMs;
    const oldMs = nowMs - toleratedPeriodOf(ratePerS).periodMs - keptMs;
    let oldest = this.newest;
    for (const [number, { times, backOff }] of this.#batches) {
      // A batch without slots was created to report a refusal.
      const lastMs = times.at(-1) ?? backOff?.cutAtMs ?? 0;
      if (lastMs >= oldMs) oldest = Math.min(oldest, number);
      else this.#forget(number);
    }
    const numbers = await this.#store.list(this.#folder);
    await this.#store.remove(
      this.#folder,
      numbers.filter((number) => number < oldest),
    );
  }

  #forget(number: number): void {
    const { first, times } = this.#batches.get(number) ?? { first: 0, times: [] };
    for (let index = 0; index < times.length; index += 1) this.#times.delete(first + index);
    this.#batches.delete(number);
    this.#open.delete(number);
  }

  /** Undefined if it is gone. */
  async #read(number: number): Promise<SlotBatch | 'unreadable' | undefined> {
    const content = await this.#store.read(this.#folder, number);
    return content === undefined ? undefined : (decodeSlotBatch(content) ?? 'unreadable');
  }

  #keep(number: number, batch: SlotBatch): void {
    this.#batches.set(number, batch);
    for (const [index, time] of batch.times.entries()) this.#times.set(batch.first + index, time);
  }

  #follow(number: number, batch: SlotBatch): void {
    this.#keep(number, batch);
    this.backOff = batch.backOff;
    this.next = batch.first + batch.times.length;
    this.lastMs = Math.max(this.lastMs, batch.times.at(-1) ?? 0);
    this.virtualMs = batch.virtualMs;
  }
}
