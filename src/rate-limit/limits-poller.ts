import { accountSlotsFolder } from '../storage/layout.ts';
import {
  type AccountLimit,
  type BatchLimits,
  readAccountLimit,
  readBatchLimits,
} from '../storage/limit-settings.ts';
import type { FileStore, SlotStore } from '../storage/storage.ts';
import type { BackOff } from './back-off.ts';
import { readNewestSlotBatch } from './slots/slot-batch.ts';

/** What a look at the storage found. */
export interface FoundLimits {
  readonly account: AccountLimit | undefined;
  /** The back-off of the account's newest slot batch. */
  readonly backOff: BackOff | undefined;
  /** The batches whose limits were changed while they ran. */
  readonly batches: ReadonlyMap<string, BatchLimits>;
}

export interface LimitsPollerOptions {
  readonly files: FileStore;
  readonly slots: SlotStore;
  readonly targetFingerprint: string;
  readonly nowMs: () => number;
  readonly onLimits: (limits: FoundLimits) => void;
  readonly onFault: (error: unknown) => void;
}

interface PolledBatch {
  /** When its last row came. */
  usedAtMs: number;
  /** Its limits were read since polling began. */
  wasFound: boolean;
}

/** A change takes effect within two seconds: four looks in that time. */
const pollEveryMs = 500;
/** Limits found longer ago than this are read again before any row is admitted. */
const freshMs = 1_500;
/** A batch without a new row for this long is no longer polled. */
const idleMs = 5_000;

/** Reads the limits from the storage while rows come, so that rows do not wait for it. */
export class LimitsPoller {
  readonly #options: LimitsPollerOptions;
  readonly #batches = new Map<string, PolledBatch>();
  #polledAtMs = Number.NEGATIVE_INFINITY;
  #polling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: LimitsPollerOptions) {
    this.#options = options;
  }

  /**
   * True if the batch's limits were found just now. Called for each row that comes: it keeps the
   * batch polled.
   */
  isFresh(batchId: string): boolean {
    const nowMs = this.#options.nowMs();
    const batch = this.#batches.get(batchId) ?? { usedAtMs: nowMs, wasFound: false };
    batch.usedAtMs = nowMs;
    this.#batches.set(batchId, batch);
    return batch.wasFound && nowMs - this.#polledAtMs < freshMs;
  }

  /**
   * Waits for limits of the batch read from now on. Rejects if the storage fails or they cannot be
   * read.
   */
  async find(batchId: string): Promise<void> {
    const cameAtMs = this.#options.nowMs();
    // A poll that takes long is old at its end, but still newer than this row.
    const isNewer = (): boolean => this.#wasFound(batchId) && this.#polledAtMs >= cameAtMs;
    while (!this.isFresh(batchId) && !isNewer() && !this.#isStopped) await this.#poll();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #wasFound(batchId: string): boolean {
    return this.#batches.get(batchId)?.wasFound ?? false;
  }

  /** All rows that ask during a poll share it. */
  #poll(): Promise<void> {
    this.#polling ??= this.#pollOnce().finally(() => {
      this.#polling = undefined;
    });
    return this.#polling;
  }

  async #pollOnce(): Promise<void> {
    const { files, slots, targetFingerprint, nowMs, onLimits, onFault } = this.#options;
    clearTimeout(this.#timer);
    const atMs = nowMs();
    const batches = new Map<string, BatchLimits>();
    for (const [batchId, { usedAtMs }] of this.#batches) {
      if (usedAtMs < atMs - idleMs) {
        this.#batches.delete(batchId);
        continue;
      }
      const limits = await readBatchLimits(files, batchId);
      if (limits !== undefined) batches.set(batchId, limits);
      const batch = this.#batches.get(batchId);
      if (batch !== undefined) batch.wasFound = true;
    }
    const account = await readAccountLimit(files, targetFingerprint);
    const newest = await readNewestSlotBatch(slots, accountSlotsFolder(targetFingerprint));
    this.#polledAtMs = atMs;
    onLimits({ account, backOff: newest?.backOff, batches });
    clearTimeout(this.#timer);
    if (this.#batches.size > 0 && !this.#isStopped) {
      this.#timer = setTimeout(() => this.#poll().catch(onFault), pollEveryMs);
      this.#timer.unref?.();
    }
  }
}
