/*
 * The turns of one limit, as one worker takes them. All workers under the limit share a book in the storage: blocks of
 * turns, each taken by whoever makes the block of the next number first (turn-taker.ts). A worker takes turns only while it
 * has rows for them, and shortly before they are due, so that one that dies, or has nothing more to send, leaves few unused.
 *
 * A turn that was used late says so in its block, for whoever plans the turn one period later (own-turns.ts). One that
 * nobody could use in time is lost. What the gateway refused slows all workers of the book (book-rate.ts).
 */
import { BookRate, type NewRefusal } from './book-rate.ts';
import { OwnTurns, type UsedTurn } from './own-turns.ts';
import { TurnLedger } from './turn-ledger.ts';
import { spaceOf } from './turn-plan.ts';
import { TurnTaker, type TurnTakerOptions } from './turn-taker.ts';

export interface TurnBookOptions extends TurnTakerOptions {
  /** Undefined: no limit but what the gateway's refusals make. */
  readonly limitPerS: number | undefined;
}

export class TurnBook {
  readonly #nowMs: () => number;
  readonly #ledger: TurnLedger;
  readonly #rate: BookRate;
  readonly #own: OwnTurns;
  readonly #taker: TurnTaker;

  constructor(options: TurnBookOptions) {
    this.#nowMs = options.nowMs;
    this.#ledger = new TurnLedger(options.store, options.book);
    this.#rate = new BookRate(options.limitPerS, this.#ledger, options.nowMs);
    this.#own = new OwnTurns(options, this.#ledger, this.#rate);
    this.#taker = new TurnTaker(options, this.#ledger, this.#rate, this.#own);
  }

  /** Requests a second, now; undefined where nothing limits them any more. */
  get paceNow(): number | undefined {
    return this.#rate.paceNow;
  }

  get ratePerS(): number {
    return this.#rate.ratePerS;
  }

  /** How many turns this worker has, due and to come. */
  get inHand(): number {
    return this.#own.count;
  }

  /** When the next turn may be used; undefined where this worker has none. */
  get nextMs(): number | undefined {
    return this.#own.nextMs;
  }

  get isDue(): boolean {
    return this.#own.isDue;
  }

  /** How long until somebody with so many before him in this process has a turn, as far as this worker has looked. */
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

  /** Uses a turn that is due. */
  use(): UsedTurn {
    return this.#own.use();
  }

  /** From now on this worker wants so many turns at hand, and its oldest row has waited for so long; see TurnTaker. */
  want(count: number, oldestWaitMs: number, mayGather: boolean): void {
    this.#taker.want(count, oldestWaitMs, mayGather);
  }

  changeLimit(limitPerS: number | undefined): void {
    if (this.#rate.changeLimit(limitPerS)) this.#taker.wake();
  }

  /** The gateway refused a request: nobody sends until it wants to be asked again, and then slower. */
  refuse(refusal: NewRefusal): void {
    this.#rate.refuse(refusal);
    this.#own.drop();
    this.#taker.tellRefusals();
  }

  /** How many turns of all workers, as far as this one has looked, were in the second before a time. */
  turnsBefore(atMs: number): number {
    return this.#ledger.turnsBefore(atMs);
  }

  stop(): void {
    this.#taker.stop();
  }
}
