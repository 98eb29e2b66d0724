import type { TurnStore } from '../storage/storage.ts';
import type { BookRate } from './book-rate.ts';
import { encodeTurnBlock, type TurnBlock } from './turn-block.ts';
import type { TurnLedger } from './turn-ledger.ts';
import { periodOf, spaceOf } from './turn-plan.ts';

export interface OwnTurnsOptions {
  readonly store: TurnStore;
  readonly book: string;
  readonly nowMs: () => number;
  /** The storage fails. */
  readonly onFault: (error: unknown) => void;
}

interface OwnTurn {
  readonly block: number;
  readonly turn: number;
  readonly atMs: number;
}

/** A turn may be used so late: planning by it begins at the earliest a period less the lead after it. */
const lateShare = 0.5;
const mostLateMs = 2_500;
/** Turns used later than this are told to the others; less is in the margin. */
const toldLateMs = 2;
/** So often at most, and all that were late since the last time: nobody plans by a turn before the period is nearly over. */
const tellEveryMs = 50;
/** A busy process serves those who wait some hundred times a second at best: one turn each time would be too few. */
const togetherMs = 50;
/** The clock gives whole milliseconds. */
const clockMs = 0.5;

/** To be told when the request of a turn really went out, where that is later than the turn was used. */
export type UsedTurn = (sentAtMs: number) => void;

/** The turns of a book that this worker has taken and not used. */
export class OwnTurns {
  #turns: OwnTurn[] = [];
  #usedAtMs = 0;
  #toldAtMs = 0;
  /** Blocks with turns that were used late, of which the other workers do not know yet. */
  readonly #untold = new Set<number>();
  #isTelling = false;
  readonly #options: OwnTurnsOptions;
  readonly #ledger: TurnLedger;
  readonly #rate: BookRate;

  constructor(options: OwnTurnsOptions, ledger: TurnLedger, rate: BookRate) {
    this.#options = options;
    this.#ledger = ledger;
    this.#rate = rate;
  }

  /** How many there are, due and to come. */
  get count(): number {
    const lostBeforeMs = this.#options.nowMs() - this.mostLateMs;
    while ((this.#turns[0]?.atMs ?? Number.POSITIVE_INFINITY) < lostBeforeMs) this.#turns.shift();
    return this.#turns.length;
  }

  /** When the next may be used; undefined where there is none. */
  get nextMs(): number | undefined {
    if (this.count === 0) return undefined;
    const { ratePerS } = this.#rate;
    // What was used late since this turn was planned is known now.
    const freeMs = this.#ledger.freeFromMs(ratePerS, this.#options.nowMs());
    return Math.max(this.timeOf(0) ?? 0, this.#usedAtMs + spaceOf(ratePerS) / 2, freeMs);
  }

  get isDue(): boolean {
    const { nextMs } = this;
    return nextMs !== undefined && nextMs <= this.#options.nowMs() + clockMs;
  }

  /** How late a turn may be used. */
  get mostLateMs(): number {
    return Math.min(mostLateMs, periodOf(this.#rate.ratePerS).periodMs * lateShare);
  }

  /** When the turn is to be used that has so many before it; undefined where there are not so many. */
  timeOf(ahead: number): number | undefined {
    return this.#turns[ahead]?.atMs;
  }

  add(block: number, { first, times }: TurnBlock): void {
    for (const [index, atMs] of times.entries()) this.#turns.push({ block, turn: first + index, atMs });
  }

  /** Gives up all of them: they are too fast for what the gateway takes. */
  drop(): void {
    this.#turns = [];
  }

  /** Uses a turn that is due. */
  use(): UsedTurn {
    const own = this.#turns.shift();
    if (own === undefined) throw new Error('Cannot use a turn: none is there');
    const nowMs = this.#options.nowMs();
    // Turns that were missed together are used together as far as they were missed in so long, the others more slowly.
    this.#usedAtMs = Math.max(this.#usedAtMs + spaceOf(this.#rate.ratePerS) / 2, nowMs - togetherMs);
    let knownMs = own.atMs;
    const usedAt: UsedTurn = (atMs) => {
      if (atMs - knownMs <= toldLateMs) return;
      knownMs = atMs;
      this.#usedLate(own, atMs);
    };
    usedAt(nowMs);
    return usedAt;
  }

  #usedLate({ block, turn }: OwnTurn, atMs: number): void {
    this.#ledger.used(block, turn, atMs);
    this.#untold.add(block);
    if (this.#isTelling) return;
    this.#isTelling = true;
    // The first at once: a process that was late may be about to die.
    const isRecent = atMs - this.#toldAtMs < tellEveryMs;
    this.#toldAtMs = atMs;
    if (isRecent) setTimeout(() => void this.#tell(), tellEveryMs);
    else setImmediate(() => void this.#tell());
  }

  /** One write at a time: of two of the same block the older might come last. */
  async #tell(): Promise<void> {
    const { store, book, onFault } = this.#options;
    try {
      for (const number of this.#untold) {
        this.#untold.delete(number);
        const content = this.#ledger.contentOf(number);
        if (content !== undefined) await store.replace(book, number, encodeTurnBlock(content));
      }
    } catch (error) {
      onFault(error);
    } finally {
      this.#isTelling = false;
    }
  }
}
