import { concurrencyOf, effectiveConcurrencyOf } from '../domain/concurrency.ts';
import { definedOf } from '../domain/defined.ts';
import { accountSlotsFolder, batchSlotsFolder } from '../storage/layout.ts';
import type { SlotStore } from '../storage/storage.ts';
import { rateUnder } from './back-pressure.ts';
import { BatchQueue, type Limits } from './batch-queue.ts';
import type { LimitSettings } from './limits-watch.ts';
import { SharedLimit } from './shared-limit.ts';
import type { NewRefusal } from './shared-rate.ts';

export interface LimitRegistryOptions {
  readonly slots: SlotStore;
  /** The digest of what this worker is set up for: it names the account. */
  readonly targetFingerprint: string;
  readonly nowMs: () => number;
  /** There are slots that were not there before. */
  readonly onSlots: () => void;
  /** The storage fails. */
  readonly onFault: (error: unknown) => void;
}

/** The batches of this process, each with its limit's slots, and the account's. */
export class LimitRegistry {
  readonly #options: LimitRegistryOptions;
  readonly #gates = new Map<string, BatchQueue>();
  #account: SharedLimit | undefined;

  constructor(options: LimitRegistryOptions) {
    this.#options = options;
  }

  get gates(): Iterable<BatchQueue> {
    return this.#gates.values();
  }

  /** The slots that all batches share; undefined where neither a limit nor a refusal makes any. */
  get account(): SharedLimit | undefined {
    return this.#account;
  }

  /** The batch's gate; a batch that was not here before begins with this pace. */
  gateOf(batchId: string, limits: Limits): BatchQueue {
    let gate = this.#gates.get(batchId);
    if (gate === undefined) {
      gate = new BatchQueue(limits);
      gate.sharedLimit = this.#limitOf(gate, batchId);
      this.#gates.set(batchId, gate);
    }
    return gate;
  }

  apply({ account, pressure, batches }: LimitSettings): void {
    for (const [batchId, limits] of batches) {
      const gate = this.#gates.get(batchId);
      if (gate === undefined) continue;
      const { ratePerS } = limits;
      gate.changeLimits({
        concurrency: concurrencyOf(limits),
        ...definedOf({ ratePerS }),
      });
      gate.sharedLimit = this.#limitOf(gate, batchId);
    }
    const limitPerS = account?.ratePerS ?? undefined;
    const isPressed = rateUnder(pressure, limitPerS, this.#options.nowMs()) !== limitPerS;
    const isOver = limitPerS === undefined && !isPressed && this.#account?.limitsNow === undefined;
    if (isOver) {
      this.#account?.stop();
      this.#account = undefined;
    } else {
      this.#account = this.#sharedLimitFor(this.#account, this.#accountFolder, limitPerS);
    }
  }

  /** From now on the account's slots are planned after what the gateway refused. */
  refuse(refusal: NewRefusal): void {
    let ofBatches = 0;
    for (const { sharedLimit } of this.#gates.values())
      ofBatches += sharedLimit?.slotsBefore(refusal.sentAtMs) ?? 0;
    const takenPerS = Math.max(refusal.takenPerS, ofBatches);
    this.#account ??= this.#sharedLimitFor(undefined, this.#accountFolder, undefined);
    this.#account.refuse({ ...refusal, takenPerS });
  }

  /** True where no limit makes anybody wait for a slot. */
  isOpen(gate: BatchQueue): boolean {
    return gate.sharedLimit === undefined && this.#account === undefined;
  }

  /** How long somebody who comes now is likely to wait; more where other workers have rows under the same limit. */
  waitMs(gate: BatchQueue): number {
    const ahead = gate.waiting.size + gate.between;
    const ownMs = gate.sharedLimit?.waitMs(ahead) ?? 0;
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
  concurrencyUpdate(batchId: string): number | undefined {
    const gate = this.#gates.get(batchId);
    if (gate === undefined) return undefined;
    return gate.news(this.#effectiveConcurrency(gate));
  }

  /** True where the rate says how many rows are handed out: 1.5 s of them more than are under way. With fewer each counts. */
  hasRowsToSpare(gate: BatchQueue): boolean {
    return this.#effectiveConcurrency(gate) < gate.limits.concurrency;
  }

  /** See `Pacer.hasRowsFor`. */
  hasRowsFor(batchId: string, ms: number): boolean {
    const gate = this.#gates.get(batchId);
    if (gate === undefined) return false;
    const ratePerS = this.#ratePerS(gate);
    return ratePerS !== undefined && gate.waiting.size * 1_000 > ratePerS * ms;
  }

  #effectiveConcurrency(gate: BatchQueue): number {
    const ratePerS = this.#ratePerS(gate);
    const { concurrency } = gate.limits;
    const limits = ratePerS === undefined ? { concurrency } : { concurrency, ratePerS };
    return effectiveConcurrencyOf(limits, gate.answerS);
  }

  /** The batch's own limit, or its share of the account's where that is lower; undefined: none. */
  #ratePerS({ limits }: BatchQueue): number | undefined {
    const accountPerS = this.#account?.limitsNow;
    if (accountPerS === undefined) return limits.ratePerS;
    let batches = 0;
    for (const { inFlight, waiting } of this.#gates.values()) if (inFlight + waiting.size > 0) batches += 1;
    return Math.min(accountPerS / Math.max(1, batches), limits.ratePerS ?? Number.POSITIVE_INFINITY);
  }

  get #accountFolder(): string {
    return accountSlotsFolder(this.#options.targetFingerprint);
  }

  #limitOf({ sharedLimit, limits }: BatchQueue, batchId: string): SharedLimit | undefined {
    if (limits.ratePerS !== undefined)
      return this.#sharedLimitFor(sharedLimit, batchSlotsFolder(batchId), limits.ratePerS);
    sharedLimit?.stop();
    return undefined;
  }

  #sharedLimitFor(
    present: SharedLimit | undefined,
    sharedLimit: string,
    limitPerS: number | undefined,
  ): SharedLimit {
    if (present !== undefined) {
      present.changeLimit(limitPerS);
      return present;
    }
    const { slots, nowMs, onSlots, onFault } = this.#options;
    return new SharedLimit({ store: slots, sharedLimit, limitPerS, nowMs, onSlots, onFault });
  }
}
