import type { TurnStore } from '../storage/storage.ts';
import type { Pressure } from './back-pressure.ts';
import { decodeTurnBlock, type TurnBlock } from './turn-block.ts';
import { freeFromMs, periodOf, type TurnHistory, toleratedPeriodOf } from './turn-plan.ts';
import { TurnTimes } from './turn-times.ts';

/** A block as this worker knows it. */
interface KnownBlock {
  content: TurnBlock;
  readonly isMine: boolean;
}

/** Whoever has not looked for so long looks which block is the newest, since those it knows may be gone. */
const staleMs = 500;
/** Blocks are kept for so long beyond the time in which somebody plans by them. */
const keptMs = 3_000;
/**
 * Nobody knows which turns an unreadable block had. Whoever took them lost its power since; still no turn is taken in the
 * second after such a block was found.
 */
const unreadableMs = 1_000;
/** How often old blocks are removed. */
const cleanEveryMs = 2_000;

/** What this worker knows of the blocks of one book: its own, and those of others as far back as planning needs them. */
export class TurnLedger implements TurnHistory {
  next = 0;
  lastMs = 0;
  virtualMs = 0;
  /** The number of the newest block; 0 where there is none. */
  newest = 0;
  /** As the newest block has it. */
  pressure: Pressure | undefined;
  readonly #store: TurnStore;
  readonly #book: string;
  readonly #blocks = new Map<number, KnownBlock>();
  readonly #times = new TurnTimes();
  /** Blocks of others that their makers may still change, or did since they were read here. */
  readonly #open = new Set<number>();
  /** Blocks that a power cut has left empty or garbled. */
  readonly #unreadable = new Set<number>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #cleanedAtMs = 0;

  constructor(store: TurnStore, book: string) {
    this.#store = store;
    this.#book = book;
  }

  sortedTimes(): number[] {
    return [...this.#times.sorted];
  }

  /** From when on a turn that is due may be used, by what is known of the others up to now. */
  freeFromMs(ratePerS: number, nowMs: number): number {
    // The turn itself is among them.
    return freeFromMs(this.#times.sorted, ratePerS, this.#times.countUntil(nowMs) - 1);
  }

  /** Finds the newest block, unless it was found just now and nobody must know for certain. */
  async look(ratePerS: number, nowMs: number, isPressing = false): Promise<void> {
    if (!isPressing && nowMs - this.#lookedAtMs < staleMs) return;
    const numbers = await this.#store.list(this.#book);
    const newest = numbers.at(-1) ?? 0;
    const enough = nowMs - toleratedPeriodOf(ratePerS).periodMs - staleMs;
    let isFollowed = false;
    for (const number of numbers.reverse()) {
      if (this.#blocks.has(number)) break;
      const content = await this.#read(number);
      if (content === undefined) break;
      if (content === 'unreadable') {
        this.#passOver(number, nowMs);
        continue;
      }
      this.#blocks.set(number, { content, isMine: false });
      this.#open.add(number);
      this.#note(content);
      if (!isFollowed) this.#follow(content);
      isFollowed = true;
      if ((content.times.at(-1) ?? enough) < enough) break;
    }
    this.newest = Math.max(this.newest, newest);
    this.#lookedAtMs = nowMs;
  }

  /** Takes over the blocks that others made after the newest. */
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
      this.#blocks.set(this.newest, { content, isMine: false });
      this.#open.add(this.newest);
      this.#note(content);
      this.#follow(content);
    }
  }

  /** Takes over the block that this worker made after the newest. */
  add(content: TurnBlock, nowMs: number): void {
    this.newest += 1;
    this.#lookedAtMs = nowMs;
    this.#blocks.set(this.newest, { content, isMine: true });
    this.#note(content);
    this.#follow(content);
  }

  /**
   * Reads again the blocks of others that the next turns are planned by, as long as their makers may change them. A turn is
   * never used sooner than it was planned, and at most `mostLateMs` later.
   */
  async refresh(ratePerS: number, count: number, mostLateMs: number, settledBeforeMs: number): Promise<void> {
    const [fewest, most] = [periodOf(ratePerS).turns, toleratedPeriodOf(ratePerS).turns];
    const times = this.#times.sorted;
    const read = new Set<number>();
    // A block that was read may have moved the Nth-last, so that another one matters: until none is left that does.
    for (let before = -1; before < read.size; ) {
      before = read.size;
      for (const number of this.#open) {
        const firstBackMs = times[times.length - most];
        const lastBackMs = times[times.length - fewest + count - 1];
        if (lastBackMs === undefined) return;
        const block = this.#blocks.get(number);
        const [firstMs, lastMs] = spanOf(block?.content);
        if (block === undefined || lastMs + mostLateMs < (firstBackMs ?? 0)) {
          this.#open.delete(number);
          continue;
        }
        if (firstMs > lastBackMs || read.has(number)) continue;
        read.add(number);
        const content = await this.#read(number);
        if (lastMs < settledBeforeMs) this.#open.delete(number);
        if (content === undefined || content === 'unreadable') continue;
        block.content = content;
        this.#note(content);
      }
    }
  }

  /** A turn of this worker's own was used late. */
  used(number: number, turn: number, atMs: number): void {
    const block = this.#blocks.get(number);
    // So late that nobody plans by its block any more.
    if (block === undefined) return;
    this.#times.set(turn, atMs);
    const { first, times } = block.content;
    block.content = {
      ...block.content,
      times: times.map((time, index) => (first + index === turn ? atMs : time)),
    };
  }

  /** How many turns were in the second before a time. */
  turnsBefore(atMs: number): number {
    return this.#times.countUntil(atMs - 0.1) - this.#times.countUntil(atMs - 1_000);
  }

  contentOf(number: number): TurnBlock | undefined {
    return this.#blocks.get(number)?.content;
  }

  /** Forgets and removes blocks that nobody plans by any more. */
  async clean(ratePerS: number, nowMs: number): Promise<void> {
    if (nowMs - this.#cleanedAtMs < cleanEveryMs) return;
    this.#cleanedAtMs = nowMs;
    const oldMs = nowMs - toleratedPeriodOf(ratePerS).periodMs - keptMs;
    let oldest = this.newest;
    for (const [number, { content }] of this.#blocks) {
      // One without turns was made when the gateway refused.
      const lastMs = content.times.at(-1) ?? content.pressure?.cutAtMs ?? 0;
      const isOld = number < this.newest && lastMs < oldMs;
      if (!isOld) {
        oldest = Math.min(oldest, number);
        continue;
      }
      this.#blocks.delete(number);
      this.#open.delete(number);
      for (let index = 0; index < content.times.length; index += 1) this.#times.delete(content.first + index);
    }
    for (const number of this.#unreadable) if (number < oldest) this.#unreadable.delete(number);
    const numbers = await this.#store.list(this.#book);
    await this.#store.remove(
      this.#book,
      numbers.filter((number) => number < oldest),
    );
  }

  /** Undefined where it is gone. */
  async #read(number: number): Promise<TurnBlock | 'unreadable' | undefined> {
    const content = await this.#store.read(this.#book, number);
    return content === undefined ? undefined : (decodeTurnBlock(content) ?? 'unreadable');
  }

  #passOver(number: number, nowMs: number): void {
    if (this.#unreadable.has(number)) return;
    this.#unreadable.add(number);
    this.lastMs = Math.max(this.lastMs, nowMs + unreadableMs);
  }

  #note({ first, times }: TurnBlock): void {
    for (const [index, time] of times.entries()) this.#times.set(first + index, time);
  }

  #follow({ first, times, virtualMs, pressure }: TurnBlock): void {
    this.pressure = pressure;
    this.next = first + times.length;
    this.lastMs = Math.max(this.lastMs, times.at(-1) ?? 0);
    this.virtualMs = virtualMs;
  }
}

/** From the first to the last time of a block; of one without turns, the beginning of time. */
function spanOf(block: TurnBlock | undefined): readonly [number, number] {
  const times = block?.times ?? [];
  return times.length === 0 ? [0, 0] : [Math.min(...times), Math.max(...times)];
}
