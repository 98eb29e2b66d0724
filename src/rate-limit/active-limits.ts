import { concurrencyOf } from '../domain/concurrency.ts';
import { definedOf } from '../domain/defined.ts';
import { accountSlotsFolder, batchSlotsFolder } from '../storage/layout.ts';
import type { SlotStore } from '../storage/storage.ts';
import { BatchQueue, type Limits } from './admission/batch-queue.ts';
import { rateUnder } from './back-off.ts';
import type { FoundLimits } from './limits-poller.ts';
import { SharedLimit } from './slots/shared-limit.ts';
import type { NewRefusal } from './slots/shared-rate.ts';

export interface ActiveLimitsOptions {
  readonly slots: SlotStore;
  /** Names the gateway account that this worker is configured for. */
  readonly targetFingerprint: string;
  readonly nowMs: () => number;
  /** Called when there are new slots. */
  readonly onSlots: () => void;
  /** Called when the storage fails. */
  readonly onFault: (error: unknown) => void;
}

/**
 * The limits in force in this process: those of its batches, each with its queue, and the
 * account's.
 */
export class ActiveLimits {
  readonly #options: ActiveLimitsOptions;
  readonly #queues = new Map<string, BatchQueue>();
  #account: SharedLimit | undefined;

  constructor(options: ActiveLimitsOptions) {
    this.#options = options;
  }

  get queues(): Iterable<BatchQueue> {
    return this.#queues.values();
  }

  /** The limit that all batches share; undefined if neither an operator nor a refusal set one. */
  get account(): SharedLimit | undefined {
    return this.#account;
  }

  /** The batch's queue; a batch that is new here starts with these limits. */
  queueOf(batchId: string, limits: Limits): BatchQueue {
    let queue = this.#queues.get(batchId);
    if (queue === undefined) {
      queue = new BatchQueue(limits);
      queue.sharedLimit = this.#limitOf(queue, batchId);
      this.#queues.set(batchId, queue);
    }
    return queue;
  }

  /** Applies the limits that were found in the storage. */
  apply({ account, backOff, batches }: FoundLimits): void {
    for (const [batchId, limits] of batches) {
      const queue = this.#queues.get(batchId);
      if (queue === undefined) continue;
      const { ratePerS } = limits;
      queue.changeLimits({ concurrency: concurrencyOf(limits), ...definedOf({ ratePerS }) });
      queue.sharedLimit = this.#limitOf(queue, batchId);
    }
    const limitPerS = account?.ratePerS ?? undefined;
    const isBackingOff = rateUnder(backOff, limitPerS, this.#options.nowMs()) !== limitPerS;
    const isOver = limitPerS === undefined && !isBackingOff && this.#account?.rateNow === undefined;
    if (isOver) {
      this.#account?.stop();
      this.#account = undefined;
    } else {
      this.#account = this.#openOrChange(this.#account, this.#accountFolder, limitPerS);
    }
  }

  /** The gateway refused a request: from now on the account's slots are planned after that. */
  refuse(refusal: NewRefusal): void {
    let ofBatches = 0;
    for (const { sharedLimit } of this.#queues.values())
      ofBatches += sharedLimit?.slotsBefore(refusal.sentAtMs) ?? 0;
    const acceptedPerS = Math.max(refusal.acceptedPerS, ofBatches);
    this.#account ??= this.#openOrChange(undefined, this.#accountFolder, undefined);
    this.#account.refuse({ ...refusal, acceptedPerS });
  }

  /** True if no rate limits the batch now, so that its rows need no slots. */
  isOpen(queue: BatchQueue): boolean {
    return queue.sharedLimit === undefined && this.#account === undefined;
  }

  /**
   * How long a row that comes now is likely to wait; longer if other workers have rows under the
   * same limit.
   */
  waitMs(queue: BatchQueue): number {
    const ahead = queue.unsent;
    const ownMs = queue.sharedLimit?.waitMs(ahead) ?? 0;
    if (this.#account === undefined) return ownMs;
    let all = 0;
    let batches = 0;
    for (const { unsent } of this.#queues.values()) {
      all += unsent;
      if (unsent > 0) batches += 1;
    }
    // In rotation a row waits for its own batch's rows times the batches at most.
    return Math.max(ownMs, this.#account.waitMs(Math.min(all, (ahead + 1) * batches)));
  }

  /** See `RateLimiter.concurrencyUpdate`. */
  concurrencyUpdate(batchId: string): number | undefined {
    const queue = this.#queues.get(batchId);
    return queue?.effective.update(this.#effectiveConcurrency(queue));
  }

  /** See `RateLimiter.hasRowsFor`. */
  hasRowsFor(batchId: string, ms: number): boolean {
    const queue = this.#queues.get(batchId);
    if (queue === undefined) return false;
    const ratePerS = this.#ratePerS(queue);
    return ratePerS !== undefined && queue.waiting.size * 1_000 > ratePerS * ms;
  }

  /**
   * True if the rate, not the concurrency, limits how many rows are started. Then 1.5 s worth of
   * rows wait here.
   */
  hasRowsToSpare(queue: BatchQueue): boolean {
    return this.#effectiveConcurrency(queue) < queue.limits.concurrency;
  }

  #effectiveConcurrency(queue: BatchQueue): number {
    return queue.effective.under(queue.limits.concurrency, this.#ratePerS(queue));
  }

  /** The batch's own limit, or its share of the account's if that is lower; undefined: none. */
  #ratePerS({ limits }: BatchQueue): number | undefined {
    const accountPerS = this.#account?.rateNow;
    if (accountPerS === undefined) return limits.ratePerS;
    let batches = 0;
    for (const { inFlight, waiting } of this.#queues.values()) if (inFlight + waiting.size > 0) batches += 1;
    return Math.min(accountPerS / Math.max(1, batches), limits.ratePerS ?? Number.POSITIVE_INFINITY);
  }

  get #accountFolder(): string {
    return accountSlotsFolder(this.#options.targetFingerprint);
  }

  #limitOf({ sharedLimit, limits }: BatchQueue, batchId: string): SharedLimit | undefined {
    if (limits.ratePerS !== undefined)
      return this.#openOrChange(sharedLimit, batchSlotsFolder(batchId), limits.ratePerS);
    sharedLimit?.stop();
    return undefined;
  }

  #openOrChange(
    present: SharedLimit | undefined,
    folder: string,
    limitPerS: number | undefined,
  ): SharedLimit {
    if (present !== undefined) {
      present.changeLimit(limitPerS);
      return present;
    }
    const { slots, nowMs, onSlots, onFault } = this.#options;
    return new SharedLimit({ store: slots, folder, limitPerS, nowMs, onSlots, onFault });
  }
}
