import { concurrencyOf, usefulLanesOf } from '../domain/concurrency.ts';
import { accountTurnsFolder, batchTurnsFolder } from '../storage/layout.ts';
import type { TurnStore } from '../storage/storage.ts';
import { rateUnder } from './back-pressure.ts';
import { BatchGate, type Pace } from './batch-gate.ts';
import type { NewRefusal } from './book-rate.ts';
import type { PaceSettings } from './pace-watch.ts';
import { TurnBook } from './turn-book.ts';

export interface PaceLimitsOptions {
  readonly turns: TurnStore;
  /** The digest of what this worker is set up for: it names the account. */
  readonly binding: string;
  readonly nowMs: () => number;
  /** There are turns that were not there before. */
  readonly onTurns: () => void;
  /** The storage fails. */
  readonly onFault: (error: unknown) => void;
}

/** The batches of this process, each with its limit's turns, and the account's. */
export class PaceLimits {
  readonly #options: PaceLimitsOptions;
  readonly #gates = new Map<string, BatchGate>();
  #account: TurnBook | undefined;

  constructor(options: PaceLimitsOptions) {
    this.#options = options;
  }

  get gates(): Iterable<BatchGate> {
    return this.#gates.values();
  }

  /** The turns that all batches share; undefined where neither a limit nor a refusal makes any. */
  get account(): TurnBook | undefined {
    return this.#account;
  }

  /** The batch's gate; a batch that was not here before begins with this pace. */
  gateOf(batchId: string, pace: Pace): BatchGate {
    let gate = this.#gates.get(batchId);
    if (gate === undefined) {
      gate = new BatchGate(pace);
      gate.book = this.#limitOf(gate, batchId);
      this.#gates.set(batchId, gate);
    }
    return gate;
  }

  apply({ account, pressure, batches }: PaceSettings): void {
    for (const [batchId, pace] of batches) {
      const gate = this.#gates.get(batchId);
      if (gate === undefined) continue;
      const { ratePerS } = pace;
      gate.changePace({
        concurrency: concurrencyOf(pace),
        ...(ratePerS === undefined ? {} : { ratePerS }),
      });
      gate.book = this.#limitOf(gate, batchId);
    }
    const limitPerS = account?.ratePerS ?? undefined;
    const isPressed = rateUnder(pressure, limitPerS, this.#options.nowMs()) !== limitPerS;
    const isOver = limitPerS === undefined && !isPressed && this.#account?.paceNow === undefined;
    if (isOver) {
      this.#account?.stop();
      this.#account = undefined;
    } else {
      this.#account = this.#bookFor(this.#account, this.#accountFolder, limitPerS);
    }
  }

  /** From now on the account's turns are planned after what the gateway refused. */
  refuse(refusal: NewRefusal): void {
    let ofBatches = 0;
    for (const { book } of this.#gates.values()) ofBatches += book?.turnsBefore(refusal.sentAtMs) ?? 0;
    const takenPerS = Math.max(refusal.takenPerS, ofBatches);
    this.#account ??= this.#bookFor(undefined, this.#accountFolder, undefined);
    this.#account.refuse({ ...refusal, takenPerS });
  }

  /** True where no limit makes anybody wait for a turn. */
  isOpen(gate: BatchGate): boolean {
    return gate.book === undefined && this.#account === undefined;
  }

  /** How long somebody who comes now is likely to wait; more where other workers have rows under the same limit. */
  waitMs(gate: BatchGate): number {
    const ahead = gate.waiting.size + gate.between;
    const ownMs = gate.book?.waitMs(ahead) ?? 0;
    if (this.#account === undefined) return ownMs;
    let all = 0;
    let batches = 0;
    for (const { waiting, between } of this.#gates.values()) {
      all += waiting.size + between;
      if (waiting.size + between > 0) batches += 1;
    }
    // In rotation nobody waits for more than the own batch's rows times the batches.
    return Math.max(ownMs, this.#account.waitMs(Math.min(all, (ahead + 1) * batches)));
  }

  /** See `Pacer.lanesNews`. */
  lanesNews(batchId: string): number | undefined {
    const gate = this.#gates.get(batchId);
    if (gate === undefined) return undefined;
    return gate.news(this.#usefulLanes(gate));
  }

  /** True where the rate says how many rows are handed out: 1.5 s of them more than are under way. With fewer each counts. */
  hasRowsToSpare(gate: BatchGate): boolean {
    return this.#usefulLanes(gate) < gate.pace.concurrency;
  }

  /** See `Pacer.hasRowsFor`. */
  hasRowsFor(batchId: string, ms: number): boolean {
    const gate = this.#gates.get(batchId);
    if (gate === undefined) return false;
    const ratePerS = this.#ratePerS(gate);
    return ratePerS !== undefined && gate.waiting.size * 1_000 > ratePerS * ms;
  }

  #usefulLanes(gate: BatchGate): number {
    const ratePerS = this.#ratePerS(gate);
    const { concurrency } = gate.pace;
    const pace = ratePerS === undefined ? { concurrency } : { concurrency, ratePerS };
    return usefulLanesOf(pace, gate.answerS);
  }

  /** The batch's own limit, or its share of the account's where that is lower; undefined: none. */
  #ratePerS({ pace }: BatchGate): number | undefined {
    const accountPerS = this.#account?.paceNow;
    if (accountPerS === undefined) return pace.ratePerS;
    let batches = 0;
    for (const { underWay, waiting } of this.#gates.values()) if (underWay + waiting.size > 0) batches += 1;
    return Math.min(accountPerS / Math.max(1, batches), pace.ratePerS ?? Number.POSITIVE_INFINITY);
  }

  get #accountFolder(): string {
    return accountTurnsFolder(this.#options.binding);
  }

  #limitOf({ book, pace }: BatchGate, batchId: string): TurnBook | undefined {
    if (pace.ratePerS !== undefined) return this.#bookFor(book, batchTurnsFolder(batchId), pace.ratePerS);
    book?.stop();
    return undefined;
  }

  #bookFor(present: TurnBook | undefined, book: string, limitPerS: number | undefined): TurnBook {
    if (present !== undefined) {
      present.changeLimit(limitPerS);
      return present;
    }
    const { turns, nowMs, onTurns, onFault } = this.#options;
    return new TurnBook({ store: turns, book, limitPerS, nowMs, onTurns, onFault });
  }
}
