/*
 * Plays the workflow of a batch with one shard: steers the shard's real workflow, resumes after
 * holds, cancels, and publishes. A reset forgets everything that it knew of the pass.
 */
import { ApplicationFailure } from '@temporalio/common';
import { inFlight } from '../../src/contract/activities.ts';
import { batchHoldFailure } from '../../src/contract/failure-types.ts';
import type { MigrateShardInput, ShardMemory, ShardReport } from '../../src/contract/shard-messages.ts';
import { batchId } from '../support/batches.ts';
import type { ActivityServer } from './activity-server.ts';
import { ShardHost } from './workflow-host.ts';
import type { World } from './world.ts';

export interface Hold {
  readonly code: string;
  readonly text: string;
}

/** Called at each hold: a person may look into it. */
export type OnHold = (hold: Hold, holds: number) => void;

export interface BatchDriverOptions {
  readonly world: World;
  readonly server: ActivityServer;
  readonly concurrency: number;
  readonly onHold: OnHold;
}

/** A batch that holds so often is cancelled by its operator. */
const mostHolds = 8;
const resumeAfterMs = [1_000, 20_000, 40_000] as const;

export class BatchDriver {
  readonly #options: BatchDriverOptions;
  readonly #answered = new Set<number>();
  /** The rows that this run knows to be tokenized. */
  readonly tokenized = new Set<number>();
  #shard: ShardHost | undefined;
  #holdGeneration = 0;
  #version = 0;
  #resumed: Promise<void> | undefined;
  #isReset = false;
  #opening: number | undefined;
  holds = 0;
  isCancelled = false;
  isPublished = false;

  constructor(options: BatchDriverOptions) {
    this.#options = options;
  }

  /** The rows whose outcome this run knows. */
  get answered(): readonly number[] {
    return [...this.#answered];
  }

  cancel(): void {
    if (this.isCancelled) return;
    this.#options.world.log('  CANCEL');
    this.isCancelled = true;
    this.#shard?.cancel();
  }

  /** A person cancels the shard's workflow by hand. The batch starts it again. */
  cancelShard(): void {
    this.#options.world.log('  CANCEL of the shard');
    this.#shard?.cancel();
  }

  /** The run that follows a reset. What was in flight goes on, and reports to no run. */
  reset(): BatchDriver {
    this.#options.world.log('  RESET');
    this.#isReset = true;
    this.#shard?.terminate();
    const next = new BatchDriver(this.#options);
    next.isCancelled = this.isCancelled;
    next.holds = this.holds;
    return next;
  }

  /** One pass over the batch's only shard. */
  async run(pass: number): Promise<void> {
    const close = (memory: ShardMemory) =>
      this.#acrossHolds('closeShard', { batchId, pass, shard: 1, ...memory, isCancelled: true });
    let memory: ShardMemory | undefined = {};
    while (memory !== undefined && !this.isCancelled) {
      if (this.#isReset) return;
      this.#shard = new ShardHost({
        ...this.#options,
        input: this.#inputOf(pass, memory),
        onReport: (report) => this.#take(report),
        onAnswer: (row, result) => {
          const { outcome } = result as { readonly outcome: string };
          this.#options.world.count(`row: ${outcome}`);
          if (outcome !== inFlight) this.#answered.add(row);
          if (outcome === 'tokenized') this.tokenized.add(row);
        },
      });
      memory = (await this.#shard.result).givenBack;
      if (memory !== undefined) this.#options.world.count('shard given back');
    }
    if (memory !== undefined) await close(memory);
    if (this.#isReset) return;
    await this.publish(pass);
    this.isPublished = true;
  }

  async publish(pass: number): Promise<void> {
    await this.#acrossHolds('publishResults', { batchId, pass, isCancelled: this.isCancelled });
  }

  #inputOf(pass: number, before: ShardMemory): MigrateShardInput {
    const isKnown = this.#opening !== undefined;
    return {
      ...{ batchId, pass, shard: 1, activityQueue: 'queue', gatewayTimeoutMs: 2_000, before },
      ...(isKnown ? { wasOpened: true, lastOpening: this.#opening ?? 0 } : {}),
      steering: this.#steering('all'),
    };
  }

  #steering(go: 'all' | 'probe'): MigrateShardInput['steering'] {
    const { concurrency } = this.#options;
    const [holdGeneration, version] = [this.#holdGeneration, this.#version];
    return { go, concurrency, holdGeneration, version, tolerancePercent: 100 };
  }

  #take(report: ShardReport): void {
    this.#opening = report.opening ?? this.#opening;
    if (report.kind === 'probe_answered') this.#steer('all');
    if (report.kind !== 'hold' || report.holdGeneration !== this.#holdGeneration) return;
    void this.#hold(report.hold);
  }

  #steer(go: 'all' | 'probe'): void {
    this.#version += 1;
    void this.#shard?.steer(this.#steering(go));
  }

  /** Waits until a person resumes the batch; one that holds again and again is cancelled. */
  #hold(hold: Hold): Promise<void> {
    this.#resumed ??= this.#holdUntilResumed(hold).finally(() => {
      this.#resumed = undefined;
    });
    return this.#resumed;
  }

  async #holdUntilResumed(hold: Hold): Promise<void> {
    if (this.#isReset) return;
    const { world, onHold } = this.#options;
    world.count(`hold: ${hold.code}`);
    world.log(`  HOLD ${hold.code}: ${hold.text}`);
    this.holds += 1;
    onHold(hold, this.holds);
    await new Promise((resolve) => setTimeout(resolve, world.random.pick(resumeAfterMs)));
    this.#holdGeneration += 1;
    if (this.holds > mostHolds) this.cancel();
    this.#steer(world.random.pick(['all', 'probe']));
  }

  async #acrossHolds(name: 'closeShard' | 'publishResults', input: object): Promise<unknown> {
    for (;;) {
      if (this.#isReset) return undefined;
      try {
        return await this.#options.server.execute(name, input);
      } catch (error) {
        if (!(error instanceof ApplicationFailure)) throw error;
        await this.#hold(holdOf(error));
      }
    }
  }
}

function holdOf({ type, details, message }: ApplicationFailure): Hold {
  if (type !== batchHoldFailure) return { code: `${type}`, text: message };
  return (details as [Hold])[0];
}
