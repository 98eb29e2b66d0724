import { accountTurnsFolder } from '../storage/layout.ts';
import {
  type AccountLimit,
  type BatchPace,
  readAccountLimit,
  readBatchPace,
} from '../storage/pace-settings.ts';
import type { FileStore, TurnStore } from '../storage/storage.ts';
import type { Pressure } from './back-pressure.ts';
import { readNewestBlock } from './turn-block.ts';

/** What was found at a look. */
export interface PaceSettings {
  readonly account: AccountLimit | undefined;
  /** Of the newest block of the account's turns. */
  readonly pressure: Pressure | undefined;
  readonly batches: ReadonlyMap<string, BatchPace>;
}

export interface PaceWatchOptions {
  readonly files: FileStore;
  readonly turns: TurnStore;
  readonly binding: string;
  readonly nowMs: () => number;
  readonly onSettings: (settings: PaceSettings) => void;
  readonly onFault: (error: unknown) => void;
}

/** A change is to take hold within two seconds; four looks in that time. */
const lookEveryMs = 500;
/** What was found longer ago is looked at again before anything is sent. */
const freshMs = 1_500;
/** A batch of which no row came for so long is not looked at any more. */
const idleMs = 5_000;

/** Looks at the settings in the storage while rows come, so that a row itself never waits for it. */
export class PaceWatch {
  readonly #options: PaceWatchOptions;
  /** The batches that are looked at, with the time of their last row. */
  readonly #usedAtMs = new Map<string, number>();
  readonly #found = new Set<string>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #newestBlock = 0;
  #pressure: Pressure | undefined;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: PaceWatchOptions) {
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
    const { files, binding, nowMs, onSettings } = this.#options;
    clearTimeout(this.#timer);
    const atMs = nowMs();
    const batches = new Map<string, BatchPace>();
    for (const [batchId, usedAtMs] of this.#usedAtMs) {
      if (usedAtMs < atMs - idleMs) {
        this.#usedAtMs.delete(batchId);
        this.#found.delete(batchId);
        continue;
      }
      const pace = await readBatchPace(files, batchId);
      if (pace !== undefined) batches.set(batchId, pace);
      this.#found.add(batchId);
    }
    const account = await readAccountLimit(files, binding);
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
    const { turns, binding } = this.#options;
    const book = accountTurnsFolder(binding);
    const newest = (await turns.list(book)).at(-1);
    if (newest === undefined || newest === this.#newestBlock) return;
    const block = await readNewestBlock(turns, book);
    if (block === undefined) return;
    this.#newestBlock = newest;
    this.#pressure = block.pressure;
  }
}
