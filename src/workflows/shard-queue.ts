/* The shards of a pass: which of them run, which come next, and the outcomes of the closed ones. */
import type { StageBatchResult } from '../contract/activities.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type { BatchProgress, CarriedBatch } from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import { nthOf } from '../domain/shard-plan.ts';
import { sumCounts, totalOf } from '../domain/tally.ts';
import type { AskedShard } from './tolerance-check.ts';

/**
 * Shards that run at once, at most: those that hand out rows and those that wait for their last
 * answers.
 */
const mostRunning = 24;

/** A running shard, as its batch knows it. */
interface RunningShard extends AskedShard {
  isDrained: boolean;
  counts: OutcomeCounts;
  answeredAsk: number;
}

export class ShardQueue {
  #size = 0;
  /** Which shards the pass has, as runs of numbers; undefined: all, from the first. */
  #runs: CarriedBatch['shardRuns'];
  /** Counts the pass's shards, from 1; `#runs` gives their numbers. */
  #next = 1;
  /** Shards that this run of the workflow started; one that runs again counts once. */
  #started = 0;
  #closed = 0;
  #closedCounts: OutcomeCounts = {};
  readonly #running = new Map<number, RunningShard>();
  /** Shards whose run ended from outside. */
  readonly #again: number[] = [];
  readonly #shardsPerRun: number;

  constructor(shardsPerRun: number, carried?: CarriedBatch) {
    this.#shardsPerRun = shardsPerRun;
    if (carried === undefined) return;
    this.plan(carried);
    this.#next = carried.nextShard;
    this.#closed = carried.nextShard - 1;
    this.#closedCounts = carried.counts;
  }

  /** How many shards the pass has. */
  get size(): number {
    return this.#size;
  }

  get running(): Iterable<AskedShard> {
    return this.#running.values();
  }

  get isAnyRunning(): boolean {
    return this.#running.size > 0;
  }

  get isAllClosed(): boolean {
    return this.#isIdle && this.#next > this.#size;
  }

  /** This run of the workflow has had its share of the shards. */
  get isRunFull(): boolean {
    return this.#isIdle && this.#started >= this.#shardsPerRun;
  }

  /** The outcomes so far, as far as the running shards have reported theirs. */
  get counts(): OutcomeCounts {
    return sumCounts([this.#closedCounts, ...[...this.#running.values()].map(({ counts }) => counts)]);
  }

  get closedCounts(): OutcomeCounts {
    return this.#closedCounts;
  }

  /**
   * The first running shard. Once it has handed out all its rows it ends, and the next one is the
   * first.
   */
  get probing(): number | undefined {
    return [...this.#running.keys()].sort((a, b) => a - b)[0];
  }

  plan({ shards, shardRuns }: Pick<StageBatchResult, 'shards' | 'shardRuns'>): void {
    this.#size = shards;
    this.#runs = shardRuns;
  }

  /**
   * Starts the next shard, unless `atOnce` shards hand out rows already. Returns undefined if there
   * is none to start. `ask` is the last request for counts: a shard that starts has nothing to
   * answer.
   */
  startNext(atOnce: number, ask: number): number | undefined {
    const handingOut = [...this.#running.values()].filter(({ isDrained }) => !isDrained).length;
    if (handingOut >= atOnce || this.#running.size >= mostRunning) return undefined;
    const shard = this.#again.shift() ?? this.#takeNew();
    if (shard !== undefined) this.#running.set(shard, { isDrained: false, counts: {}, answeredAsk: ask });
    return shard;
  }

  drained(shard: number): void {
    const running = this.#running.get(shard);
    if (running !== undefined) running.isDrained = true;
  }

  /** Records a shard's counts. Reports may overtake each other, and a shard's counts only grow. */
  counted(shard: number, counts: OutcomeCounts, ask: number | undefined): void {
    const running = this.#running.get(shard);
    if (running === undefined) return;
    if (totalOf(counts) >= totalOf(running.counts)) running.counts = counts;
    if (ask !== undefined) running.answeredAsk = Math.max(running.answeredAsk, ask);
  }

  close(shard: number, counts: OutcomeCounts): void {
    this.#running.delete(shard);
    this.#closed += 1;
    this.#closedCounts = sumCounts([this.#closedCounts, counts]);
  }

  /** A shard's run ended from outside: it runs again. */
  lost(shard: number): void {
    this.#running.delete(shard);
    this.#again.push(shard);
  }

  /** Replaces the counts by those of the storage, which went over all shards. */
  settle(counts: OutcomeCounts): void {
    this.#closedCounts = sumCounts([counts]);
  }

  /** All shards are closed and published. */
  published(counts: OutcomeCounts): void {
    this.#closedCounts = counts;
    this.#closed = this.#size;
  }

  progress(): Pick<BatchProgress, 'counts' | 'closedCounts' | 'shards' | 'closedShards' | 'runningShards'> {
    return {
      counts: this.counts,
      closedCounts: this.#closedCounts,
      shards: this.#size,
      closedShards: this.#closed,
      runningShards: [...this.#running.keys()],
    };
  }

  carried(): Pick<CarriedBatch, 'counts' | 'shards' | 'nextShard' | 'shardRuns'> {
    return {
      shards: this.#size,
      nextShard: this.#next,
      ...definedOf({ shardRuns: this.#runs }),
      counts: this.#closedCounts,
    };
  }

  get #isIdle(): boolean {
    return this.#running.size === 0 && this.#again.length === 0;
  }

  #takeNew(): number | undefined {
    if (this.#next > this.#size || this.#started >= this.#shardsPerRun) return undefined;
    const next = this.#next;
    this.#started += 1;
    this.#next += 1;
    return this.#runs === undefined ? next : nthOf(this.#runs, next);
  }
}
