/* The state of a batch's workflow. It changes by named transitions only: see batch-phase.ts. */
import type { PublishResultsResult, StageBatchResult } from '../contract/activities.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type { ShardReport, ShardSteering } from '../contract/shard-messages.ts';
import type { BatchProgress, CarriedBatch, LimitsChange, MigrateBatchInput } from '../contract/workflows.ts';
import type { RequestedLimits } from '../domain/concurrency.ts';
import { answeredOf } from '../domain/tolerance.ts';
import { BatchLifecycle } from './batch-lifecycle.ts';
import { BatchLimits } from './batch-limits.ts';
import { OutcomeCheck } from './outcome-check.ts';
import { ShardQueue } from './shard-queue.ts';

export class BatchState extends BatchLifecycle {
  #rows: number;
  #sendableRows: number;
  /** The answer to the first row since the start or the last hold could be read. */
  #isProbeAnswered: boolean;
  readonly #pass: number;
  readonly #startedAtMs: number;
  readonly #limits: BatchLimits;
  readonly #shards: ShardQueue;
  readonly #outcomes: OutcomeCheck;

  constructor(input: MigrateBatchInput, nowMs: number) {
    super(input);
    const { carried } = input;
    this.#pass = input.pass;
    this.#startedAtMs = carried?.startedAtMs ?? nowMs;
    this.#rows = carried?.rows ?? 0;
    this.#sendableRows = carried?.sendableRows ?? 0;
    this.#isProbeAnswered = carried?.isProbeAnswered ?? false;
    this.#limits = new BatchLimits(input);
    this.#shards = new ShardQueue(input.shardsPerRun, carried);
    this.#outcomes = new OutcomeCheck(input);
  }

  get rows(): number {
    return this.#rows;
  }

  get limits(): RequestedLimits {
    return this.#limits.requested;
  }

  get limitsChange(): LimitsChange | undefined {
    return this.#limits.lastChange;
  }

  /** The first rows wait for an approval, or will. */
  get hasCanary(): boolean {
    return this.#outcomes.hasCanary;
  }

  get isAllClosed(): boolean {
    return this.#shards.isAllClosed;
  }

  get isRunFull(): boolean {
    return this.#shards.isRunFull;
  }

  get isAnyShardRunning(): boolean {
    return this.#shards.isAnyRunning;
  }

  /** The batch is staged: its shards can be sent. */
  staged(result: StageBatchResult): void {
    this.#rows = result.rows;
    this.#sendableRows = result.sendableRows;
    this.#shards.plan(result);
    this.advance('sending');
  }

  /** Ends a pause and a hold, except the one that waits for an approval. */
  resume(): void {
    if (this.release()) {
      this.#isProbeAnswered = false;
      // A person has looked at the rows before: the tolerance counts from here, as the other
      // counters behind holds do.
      this.#outcomes.beginAnew(this.#shards.counts);
    }
    // A canary whose rows are all sent waits for its approval again: nothing else would say so.
    this.#judge();
  }

  /** Ends the canary: every row may be sent. */
  approve(): void {
    this.#outcomes.approve();
    this.releaseCanary();
  }

  setTolerance(percent: number): void {
    this.#outcomes.setTolerance(percent);
    this.#judge();
  }

  setLimits(change: LimitsChange): void {
    this.#limits.change(change);
  }

  /**
   * Starts the next shard, if one may start now. Until a probe is answered, only one shard runs.
   */
  startNextShard(): number | undefined {
    if (this.isStopped) return undefined;
    // The rest of the canary is known for certain only when the previous shard has closed.
    if (this.hasCanary && this.isAnyShardRunning) return undefined;
    const atOnce = this.#isProbeAnswered ? this.#limits.shardsAtOnce(this.#shards.size) : 1;
    return this.#shards.startNext(atOnce, this.#outcomes.ask);
  }

  /**
   * What a shard has to do now. Until a probe is answered, the first shard sends one row at a time
   * and the others wait.
   */
  steeringOf(shard: number): ShardSteering {
    const isProbing = shard === this.#shards.probing;
    return {
      go: this.isStopped ? 'stop' : this.#isProbeAnswered ? 'all' : isProbing ? 'probe' : 'stop',
      concurrency: this.#limits.concurrencyOfShard(this.#shards.size),
      holdGeneration: this.holdGeneration,
      ...this.#outcomes.steering(this.#shards.closedCounts),
    };
  }

  /** Applies a shard's report. What follows from it reaches the shards with the next steering. */
  shardReported(report: ShardReport): void {
    const { shard } = report;
    if (report.kind === 'counts') this.#shards.counted(shard, report.counts, report.ask);
    if (report.kind === 'concurrency') this.#limits.reportEffective(report.concurrency);
    if (report.kind === 'drained') this.#shards.drained(shard);
    this.#judge();
    // What happened before the last resume says nothing about the time after it.
    if (report.holdGeneration !== this.holdGeneration) return;
    if (report.kind === 'probe_answered') this.#isProbeAnswered = true;
    if (report.kind === 'hold') this.hold(report.hold);
  }

  shardClosed(shard: number, counts: OutcomeCounts): void {
    this.#shards.close(shard, counts);
    this.#judge();
  }

  /** A shard's run ended from outside: it starts again. */
  shardLost(shard: number): void {
    this.#shards.lost(shard);
  }

  /** Every shard of a cancelled batch is closed, with these counts over all of them. */
  closed(counts: OutcomeCounts): void {
    this.#shards.settle(counts);
    this.beginPublishing();
  }

  published({ rows, counts }: PublishResultsResult, as: 'finished' | 'cancelled'): void {
    this.#rows = rows;
    this.#shards.published(counts);
    this.advance(as);
  }

  progress(): BatchProgress {
    return {
      ...this.lifecycleProgress(),
      pass: this.#pass,
      rows: this.#rows,
      sendableRows: this.#sendableRows,
      startedAtMs: this.#startedAtMs,
      ...this.#shards.progress(),
      ...this.#limits.progress(),
      ...this.#outcomes.progress(),
    };
  }

  /** What the workflow's next run starts with. No shard runs at that time. */
  carried(): CarriedBatch {
    return {
      ...this.carriedLifecycle(),
      startedAtMs: this.#startedAtMs,
      rows: this.#rows,
      sendableRows: this.#sendableRows,
      isProbeAnswered: this.#isProbeAnswered,
      ...this.#shards.carried(),
      ...this.#limits.carried(),
      ...this.#outcomes.carried(),
    };
  }

  /**
   * Holds if the outcomes so far require it. Once all rows are answered there is nothing left to
   * stop.
   */
  #judge(): void {
    const { counts, running } = this.#shards;
    if (!this.isStaged || this.hasSentAll || answeredOf(counts) >= this.#sendableRows) return;
    const reason = this.#outcomes.judge(counts, running);
    if (reason !== undefined) this.hold(reason);
  }
}
