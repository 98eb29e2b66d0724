/*
 * Plays the workflow of one shard and the end of its batch: opens, sends, closes, publishes; holds
 * and resumes; is cancelled; and is reset, which forgets everything that it knew.
 */
import { ApplicationFailure } from '@temporalio/common';
import {
  type CloseShardResult,
  inFlight,
  type OpenShardResult,
  type RowRuns,
  type TokenizeRowResult,
  type UnwrittenResult,
} from '../../src/contract/activities.ts';
import { batchHoldFailure, shardSealedFailure } from '../../src/contract/failure-types.ts';
import type { HoldReason } from '../../src/contract/hold.ts';
import { runsOf } from '../../src/domain/shard-plan.ts';
import { batchId } from '../support/batches.ts';
import {
  ActivityCancelled,
  type ActivityServer,
  type Cancellation,
  createCancellation,
  requestCancellation,
} from './activity-server.ts';
import type { World } from './world.ts';

/** A batch that holds so often is cancelled by its operator. */
const mostHolds = 8;

type Hold = Pick<HoldReason, 'text'> & { readonly code: string };

/** Called at each hold: a person may look into it. */
export type OnHold = (hold: Hold, holds: number) => void;
const resumeAfterMs = [1_000, 20_000, 40_000] as const;
const longestSendMs = 2_000 + 22_000;

export interface ShardDriverOptions {
  readonly world: World;
  readonly server: ActivityServer;
  readonly concurrency: number;
  readonly onHold: OnHold;
}

export class ShardDriver {
  readonly #world: World;
  readonly #server: ActivityServer;
  readonly #concurrency: number;
  readonly #onHold: OnHold;
  readonly #options: ShardDriverOptions;
  #cancellation: Cancellation = createCancellation();
  #isCancelled = false;
  #holdGeneration = 0;
  #unwritten: UnwrittenResult[] = [];
  #answered: number[] = [];
  holds = 0;
  isPublished = false;

  constructor(options: ShardDriverOptions) {
    this.#options = options;
    const { world, server, concurrency, onHold } = options;
    this.#world = world;
    this.#server = server;
    this.#concurrency = concurrency;
    this.#onHold = onHold;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** The rows whose outcome reached this run of the workflow. */
  get answered(): readonly number[] {
    return this.#answered;
  }

  cancel(): void {
    if (this.#isCancelled) return;
    this.#world.log('  CANCEL');
    this.#isCancelled = true;
    requestCancellation(this.#cancellation);
  }

  /** Forgets what this run of the workflow knows. The caller starts another run. */
  static again(driver: ShardDriver): ShardDriver {
    driver.#world.log('  RESET');
    // What the forgotten run still has in flight goes on.
    requestCancellation(driver.#cancellation);
    driver.#isForgotten = true;
    const next = new ShardDriver(driver.#options);
    next.#isCancelled = driver.#isCancelled;
    next.#cancellation.isRequested = driver.#isCancelled;
    next.holds = driver.holds;
    next.#holdGeneration = driver.#holdGeneration;
    return next;
  }
  #isForgotten = false;

  /** One pass over the batch's only shard. */
  async run(pass: number): Promise<void> {
    const ref = { batchId, pass, shard: 1 };
    try {
      const { toSend } = (await this.#acrossHolds('openShard', ref, this.#cancellation)) as OpenShardResult;
      await this.#sendAll(pass, toSend);
    } catch (error) {
      if (!(error instanceof ActivityCancelled)) throw error;
    }
    for (;;) {
      if (this.#isForgotten) return;
      const { toSend } = (await this.#acrossHolds('closeShard', () => ({
        ...ref,
        ...(this.#unwritten.length === 0 ? {} : { unwritten: this.#unwritten }),
        ...(this.#answered.length === 0 ? {} : { answered: runsOf(this.#answered) }),
        ...(this.#isCancelled ? { isCancelled: true } : {}),
      }))) as CloseShardResult;
      if (toSend === undefined) break;
      this.#world.count('rows left at the closing');
      await this.#sendAll(pass, toSend);
    }
    if (this.#isForgotten) return;
    await this.publish(pass);
    this.isPublished = true;
  }

  async publish(pass: number): Promise<void> {
    await this.#acrossHolds('publishResults', { batchId, pass, isCancelled: this.#isCancelled });
  }

  async #sendAll(pass: number, runs: RowRuns): Promise<void> {
    const rows = runs.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
    const sender = async (): Promise<void> => {
      for (let row = rows.shift(); row !== undefined; row = rows.shift()) {
        if (this.#cancellation.isRequested) return;
        if (!(await this.#sendRow(pass, row))) rows.push(row);
      }
    };
    await Promise.all(Array.from({ length: this.#concurrency }, sender));
  }

  /** False if the row must be sent again. */
  async #sendRow(pass: number, row: number): Promise<boolean> {
    const holdGeneration = this.#holdGeneration;
    const input = { batchId, pass, row, ...(holdGeneration === 0 ? {} : { holdGeneration }) };
    try {
      const options = { cancellation: this.#cancellation, longestMs: longestSendMs };
      const result = (await this.#server.execute('tokenizeRow', input, options)) as TokenizeRowResult;
      this.#world.count(`row: ${result.outcome}`);
      if (result.outcome === inFlight) return true;
      this.#answered.push(row);
      this.#answered.sort((a, b) => a - b);
      if (result.unwritten !== undefined) this.#unwritten.push(result.unwritten);
      if (result.hold !== undefined) await this.#hold(result.hold, holdGeneration);
      return true;
    } catch (error) {
      if (error instanceof ActivityCancelled) return true;
      if (!(error instanceof ApplicationFailure)) throw error;
      if (error.type === shardSealedFailure) {
        this.#world.count('row: sealed');
        return true;
      }
      await this.#hold(holdOf(error), holdGeneration);
      return this.#cancellation.isRequested;
    }
  }

  async #acrossHolds(
    name: 'openShard' | 'closeShard' | 'publishResults',
    input: object | (() => object),
    cancellation?: Cancellation,
  ): Promise<unknown> {
    for (;;) {
      if (this.#isForgotten) return {};
      try {
        const options = cancellation === undefined ? {} : { cancellation };
        return await this.#server.execute(name, typeof input === 'function' ? input() : input, options);
      } catch (error) {
        if (!(error instanceof ApplicationFailure)) throw error;
        await this.#hold(holdOf(error), this.#holdGeneration);
      }
    }
  }

  /** Waits until a person resumes the batch; one that holds again and again is cancelled. */
  async #hold(hold: Hold, holdGeneration: number): Promise<void> {
    if (holdGeneration !== this.#holdGeneration || this.#isForgotten) return;
    this.#world.count(`hold: ${hold.code}`);
    this.#world.log(`  HOLD ${hold.code}: ${hold.text}`);
    this.holds += 1;
    this.#onHold(hold, this.holds);
    await new Promise((resolve) => setTimeout(resolve, this.#world.random.pick(resumeAfterMs)));
    this.#holdGeneration = Math.max(this.#holdGeneration, holdGeneration + 1);
    if (this.holds > mostHolds) this.cancel();
  }
}

function holdOf({ type, details, message }: ApplicationFailure): Hold {
  if (type !== batchHoldFailure) return { code: `${type}`, text: message };
  return (details as [Hold])[0];
}
