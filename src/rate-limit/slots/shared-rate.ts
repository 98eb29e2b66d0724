import { type BackOff, backOffAfter, mergeBackOffs, type Refusal, rateUnder } from '../back-off.ts';
import type { SlotLedger } from './slot-ledger.ts';

/** A refusal, before it is known which rate it met. */
export type NewRefusal = Omit<Refusal, 'ratePerS'>;

/** For the moments until a shared limit that no longer limits anything is closed. */
const unlimitedPerS = 1_000;

/** The rate of one shared limit: the limit itself, and what back-off leaves of it. */
export class SharedRate {
  #limitPerS: number | undefined;
  /** Not assessed yet: first this worker checks whether another one was refused before. */
  #refusals: NewRefusal[] = [];
  #unreported: BackOff | undefined;
  readonly #ledger: SlotLedger;
  readonly #nowMs: () => number;

  constructor(limitPerS: number | undefined, ledger: SlotLedger, nowMs: () => number) {
    this.#limitPerS = limitPerS;
    this.#ledger = ledger;
    this.#nowMs = nowMs;
  }

  /** The current requests per second; undefined if nothing limits them any more. */
  get rateNow(): number | undefined {
    return rateUnder(this.backOff, this.#limitPerS, this.#nowMs());
  }

  get ratePerS(): number {
    return this.rateNow ?? unlimitedPerS;
  }

  /** False if the rate is the limit's, even if there was a refusal once. */
  get isBackingOff(): boolean {
    return this.rateNow !== this.#limitPerS;
  }

  get backOff(): BackOff | undefined {
    return mergeBackOffs(this.#ledger.backOff, this.#unreported);
  }

  /** The back-off after this worker's own refusals that the other workers do not know yet. */
  get unreported(): BackOff | undefined {
    return this.#unreported;
  }

  get hasRefusals(): boolean {
    return this.#refusals.length > 0;
  }

  /** Returns false if it is the same limit. */
  changeLimit(limitPerS: number | undefined): boolean {
    const isOther = limitPerS !== this.#limitPerS;
    this.#limitPerS = limitPerS;
    return isOther;
  }

  refuse(refusal: NewRefusal): void {
    this.#refusals.push(refusal);
  }

  /**
   * Backs off after the refusals so far. Returns true if there were any: earlier slots are too
   * fast.
   */
  assessRefusals(): boolean {
    const refusals = this.#refusals.splice(0);
    for (const refusal of refusals) {
      const acceptedPerS = Math.max(refusal.acceptedPerS, this.#ledger.slotsBefore(refusal.sentAtMs));
      this.#unreported = backOffAfter(this.backOff, { ...refusal, acceptedPerS, ratePerS: this.rateNow });
    }
    return refusals.length > 0;
  }

  /** The other workers know this back-off now. */
  reported(backOff: BackOff | undefined): void {
    if (backOff === this.#unreported) this.#unreported = undefined;
  }
}
