import { accountSlotsFolder } from '../storage/layout.ts';
import {
  type AccountLimit,
  type BatchLimits,
  readAccountLimit,
  readBatchLimits,
} from '../storage/limit-settings.ts';
import type { FileStore, SlotStore } from '../storage/storage.ts';
import type { Pressure } from './back-pressure.ts';
import { readNewestSlotBatch } from './slot-batch.ts';

/** What was found at a look. */
export interface LimitSettings {
  readonly account: AccountLimit | undefined;
  /** Of the newest slot batch of the account's slots. */
  readonly pressure: Pressure | undefined;
  readonly batches: ReadonlyMap<string, BatchLimits>;
}

export interface LimitsWatchOptions {
  readonly files: FileStore;
  readonly slots: SlotStore;
  readonly targetFingerprint: string;
  readonly nowMs: () => number;
  readonly onSettings: (settings: LimitSettings) => void;
  readonly onFault: (error: unknown) => void;
}

/** A change is to take effect within two seconds; four looks in that time. */
const lookEveryMs = 500;
/** What was found longer ago is looked at again before anything is sent. */
const freshMs = 1_500;
/** A batch of which no row came for so long is not looked at any more. */
const idleMs = 5_000;

/** Looks at the settings in the storage while rows come, so that a row itself never waits for it. */
export class LimitsWatch {
  readonly #options: LimitsWatchOptions;
  /** The batches that are looked at, with the time of their last row. */
  readonly #usedAtMs = new Map<string, number>();
  readonly #found = new Set<string>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #newestSlotBatch = 0;
  #pressure: Pressure | undefined;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: LimitsWatchOptions) {
    this.#options = options;
  }

  /** True where the batch's settings were found just now; a row has come for it. */
  isFresh(batchId: string): boolean {
    const nowMs = this.#options.nowMs();
    this.#usedAtMs.set(batchId, nowMs);
    return this.#found.has(batchId) && nowMs - this.#lookedAtMs < freshMs;
  }

  /** Waits until the batch's settings were found by a look of now. Rejects where the storage fails or they cannot be read. */
  async find(batchId: string): Promise<void> {
    const cameAtMs = this.#options.nowMs();
    // A look that takes long is old at its end, and yet newer than this row.
    const isFound = (): boolean => this.#found.has(batchId) && this.#lookedAtMs >= cameAtMs;
    while (!this.isFresh(batchId) && !isFound() && !this.#isStopped) await this.#look();
  }

  /** Looks now; all who ask while it is under way share it. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const { files, targetFingerprint, nowMs, onSettings } = this.#options;
    clearTimeout(this.#timer);
    const atMs = nowMs();
    const batches = new Map<string, BatchLimits>();
    for (const [batchId, usedAtMs] of this.#usedAtMs) {
      if (usedAtMs < atMs - idleMs) {
        this.#usedAtMs.delete(batchId);
        this.#found.delete(batchId);
        continue;
      }
      const limits = await readBatchLimits(files, batchId);
      if (limits !== undefined) batches.set(batchId, limits);
      this.#found.add(batchId);
    }
    const account = await readAccountLimit(files, targetFingerprint);
    await this.#lookForPressure();
    this.#lookedAtMs = atMs;
    onSettings({ account, pressure: this.#pressure, batches });
    clearTimeout(this.#timer);
    if (this.#usedAtMs.size > 0 && !this.#isStopped) {
      this.#timer = setTimeout(() => this.#look().catch(this.#options.onFault), lookEveryMs);
      this.#timer.unref?.();
    }
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #lookForPressure(): Promise<void> {
    const { slots, targetFingerprint } = this.#options;
    const sharedLimit = accountSlotsFolder(targetFingerprint);
    const newest = (await slots.list(sharedLimit)).at(-1);
    if (newest === undefined || newest === this.#newestSlotBatch) return;
    const slotBatch = await readNewestSlotBatch(slots, sharedLimit);
    if (slotBatch === undefined) return;
    this.#newestSlotBatch = newest;
    this.#pressure = slotBatch.pressure;
  }
}
