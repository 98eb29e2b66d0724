import { mergePressures, type Pressure, pressureAfter, type Refusal, rateUnder } from './back-pressure.ts';
import type { TurnLedger } from './turn-ledger.ts';

/** A refusal, before it is known which pace it met. */
export type NewRefusal = Omit<Refusal, 'ratePerS'>;

/** In the moments until a book without a limit is closed. */
const unlimitedPerS = 1_000;

/** The pace of one book of turns: its limit, and what the gateway's refusals leave of it. */
export class BookRate {
  #limitPerS: number | undefined;
  /** Refusals that are not weighed yet: first this worker looks whether another one was refused before it. */
  #refusals: NewRefusal[] = [];
  #news: Pressure | undefined;
  readonly #ledger: TurnLedger;
  readonly #nowMs: () => number;

  constructor(limitPerS: number | undefined, ledger: TurnLedger, nowMs: () => number) {
    this.#limitPerS = limitPerS;
    this.#ledger = ledger;
    this.#nowMs = nowMs;
  }

  /** Requests a second, now; undefined where nothing limits them any more. */
  get paceNow(): number | undefined {
    return rateUnder(this.pressure, this.#limitPerS, this.#nowMs());
  }

  get ratePerS(): number {
    return this.paceNow ?? unlimitedPerS;
  }

  /** False where the pace is the limit's, whatever was refused once. */
  get isSlowed(): boolean {
    return this.paceNow !== this.#limitPerS;
  }

  get pressure(): Pressure | undefined {
    return mergePressures(this.#ledger.pressure, this.#news);
  }

  /** What a refusal did to the pace, and the other workers have not been told of yet. */
  get news(): Pressure | undefined {
    return this.#news;
  }

  get hasRefusals(): boolean {
    return this.#refusals.length > 0;
  }

  /** False where it is the same limit. */
  changeLimit(limitPerS: number | undefined): boolean {
    const isOther = limitPerS !== this.#limitPerS;
    this.#limitPerS = limitPerS;
    return isOther;
  }

  refuse(refusal: NewRefusal): void {
    this.#refusals.push(refusal);
  }

  /** Makes news of the refusals so far. True where there were any: turns of before are too fast. */
  weighRefusals(): boolean {
    const refusals = this.#refusals.splice(0);
    for (const refusal of refusals) {
      const takenPerS = Math.max(refusal.takenPerS, this.#ledger.turnsBefore(refusal.sentAtMs));
      this.#news = pressureAfter(this.pressure, { ...refusal, takenPerS, ratePerS: this.paceNow });
    }
    return refusals.length > 0;
  }

  /** The other workers know these news now. */
  told(news: Pressure | undefined): void {
    if (news === this.#news) this.#news = undefined;
  }
}
