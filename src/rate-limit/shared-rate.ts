import { mergePressures, type Pressure, pressureAfter, type Refusal, rateUnder } from './back-pressure.ts';
import type { SlotLedger } from './slot-ledger.ts';

/** A refusal, before it is known which rate it met. */
export type NewRefusal = Omit<Refusal, 'ratePerS'>;

/** In the moments until a shared limit without a limit is closed. */
const unlimitedPerS = 1_000;

/** The rate of one shared limit of slots: its limit, and what the gateway's refusals leave of it. */
export class SharedRate {
  #limitPerS: number | undefined;
  /** Refusals that are not weighed yet: first this worker looks whether another one was refused before it. */
  #refusals: NewRefusal[] = [];
  #news: Pressure | undefined;
  readonly #ledger: SlotLedger;
  readonly #nowMs: () => number;

  constructor(limitPerS: number | undefined, ledger: SlotLedger, nowMs: () => number) {
    this.#limitPerS = limitPerS;
    this.#ledger = ledger;
    this.#nowMs = nowMs;
  }

  /** Requests a second, now; undefined where nothing limits them any more. */
  get limitsNow(): number | undefined {
    return rateUnder(this.pressure, this.#limitPerS, this.#nowMs());
  }

  get ratePerS(): number {
    return this.limitsNow ?? unlimitedPerS;
  }

  /** False where the rate is the limit's, whatever was refused once. */
  get isSlowed(): boolean {
    return this.limitsNow !== this.#limitPerS;
  }

  get pressure(): Pressure | undefined {
    return mergePressures(this.#ledger.pressure, this.#news);
  }

  /** What a refusal did to the rate, and the other workers have not been told of yet. */
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

  /** Makes news of the refusals so far. True where there were any: slots of before are too fast. */
  weighRefusals(): boolean {
    const refusals = this.#refusals.splice(0);
    for (const refusal of refusals) {
      const takenPerS = Math.max(refusal.takenPerS, this.#ledger.slotsBefore(refusal.sentAtMs));
      this.#news = pressureAfter(this.pressure, { ...refusal, takenPerS, ratePerS: this.limitsNow });
    }
    return refusals.length > 0;
  }

  /** The other workers know these news now. */
  reported(news: Pressure | undefined): void {
    if (news === this.#news) this.#news = undefined;
  }
}
