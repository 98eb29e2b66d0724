/*
 * The state of a batch's workflow, and what follows from it. Nothing here talks to Temporal's server: shards are started
 * and steered by BatchRun.
 */

import type { HoldReason } from '../contract/hold.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type {
  BatchPhase,
  BatchProgress,
  CarriedBatch,
  LimitsChange,
  MigrateBatchInput,
  ShardReport,
  ShardSteering,
} from '../contract/workflows.ts';
import { concurrencyOf, effectiveConcurrencyOf, type RequestedLimits } from '../domain/concurrency.ts';
import { definedOf } from '../domain/defined.ts';
import { outranks } from '../domain/hold-advice.ts';
import type { WindowState } from '../domain/send-window.ts';
import { nthOf } from '../domain/shard-plan.ts';
import { sumCounts, totalOf } from '../domain/tally.ts';
import { answeredOf, defaultTolerancePercent } from '../domain/tolerance.ts';
import { carriedOf, progressOf } from './batch-snapshot.ts';
import { canaryHoldOf } from './canary.ts';
import { type AskedShard, ToleranceCheck } from './tolerance-check.ts';

/**
 * Lanes of one shard, where there are shards enough. Many concurrency in few shards make cheap histories: the more rows end between two workflow tasks,
 * the fewer workflow tasks there are.
 */
const concurrencyPerShard = 200;
/** Shards that run at once, at most: those that hand out rows and those that wait for their last answers. */
const mostRunning = 24;

/** A shard that runs, as its batch knows it. */
export interface RunningShard extends AskedShard {
  isDrained: boolean;
  counts: OutcomeCounts;
  answeredAsk: number;
}

export class BatchState {
  rows = 0;
  sendableRows = 0;
  shards = 0;
  /** Which shards the pass goes over; absent: all, from the first. */
  shardRuns: CarriedBatch['shardRuns'];
  nextShard = 1;
  startedShards = 0;
  isPaused = false;
  isProbeAnswered = false;
  holdGeneration = 0;
  hold: HoldReason | undefined;
  /** The rows that go ahead until `approve`; undefined: every row may go. */
  canaryRows: number | undefined;
  readonly tolerance: ToleranceCheck;
  /** Of the hours in which rows are sent, as last looked at; a window that was not looked at yet is closed. */
  window: WindowState | undefined;
  /** The last change of the rate; undefined: it is as it was started. */
  limitsChange: LimitsChange | undefined;
  /** Of how many rows handed out at once is use, as workers tell; undefined: it follows from the pace. */
  effectiveConcurrency: number | undefined;
  /** What goes on outside sending; while sending, the phase follows from the rest. */
  stage: Extract<BatchPhase, 'staging' | 'sending' | 'closing' | 'publishing' | 'finished' | 'cancelled'> =
    'staging';
  closedCounts: OutcomeCounts = {};
  closedShards = 0;
  readonly running = new Map<number, RunningShard>();
  /** Shards to be run again, because their run was ended from outside. */
  readonly again: number[] = [];
  readonly startedAtMs: number;
  readonly #input: MigrateBatchInput;

  constructor(input: MigrateBatchInput, nowMs: number) {
    this.#input = input;
    const { carried } = input;
    this.limitsChange = carried?.limitsChange ?? input.limitsChange;
    this.effectiveConcurrency = carried?.effectiveConcurrency;
    this.startedAtMs = carried?.startedAtMs ?? nowMs;
    this.canaryRows = carried === undefined ? input.canaryRows : carried.canaryRows;
    this.tolerance = new ToleranceCheck(
      carried?.tolerancePercent ?? input.tolerancePercent ?? defaultTolerancePercent,
      carried?.toleratedFrom,
    );
    if (carried !== undefined) {
      this.stage = 'sending';
      this.rows = carried.rows;
      this.sendableRows = carried.sendableRows;
      this.shards = carried.shards;
      this.shardRuns = carried.shardRuns;
      this.nextShard = carried.nextShard;
      this.closedShards = carried.nextShard - 1;
      this.closedCounts = carried.counts;
      this.isProbeAnswered = carried.isProbeAnswered;
      this.isPaused = carried.isPaused;
      this.hold = carried.hold;
      this.holdGeneration = carried.holdGeneration;
    }
  }

  get limits(): RequestedLimits {
    const { ratePerS, concurrency } = this.limitsChange ?? this.#input;
    return {
      ...definedOf({ ratePerS, concurrency }),
    };
  }

  /** Waits for a person. */
  get isHeldBack(): boolean {
    return this.isPaused || this.hold !== undefined;
  }

  /** Sends nothing for now. */
  get isStopped(): boolean {
    return this.isHeldBack || this.#isWindowClosed;
  }

  get #isWindowClosed(): boolean {
    return this.#input.window !== undefined && this.window?.isOpen !== true;
  }

  get phase(): BatchPhase {
    if (this.stage === 'finished' || this.stage === 'cancelled') return this.stage;
    if (this.hold !== undefined) return this.hold.code === 'canary_sent' ? 'waiting_for_approval' : 'on_hold';
    if (this.isPaused) return 'paused';
    return this.stage === 'sending' && this.#isWindowClosed ? 'waiting_for_window' : this.stage;
  }

  get isAllClosed(): boolean {
    return this.running.size === 0 && this.again.length === 0 && this.nextShard > this.shards;
  }

  /** The shards of this run are done, and there are more: time to continue as new. */
  get isRunFull(): boolean {
    return (
      this.running.size === 0 && this.again.length === 0 && this.startedShards >= this.#input.shardsPerRun
    );
  }

  /** The next shard to start, or undefined where the window is full. */
  takeNextShard(): number | undefined {
    const handingOut = [...this.running.values()].filter((shard) => !shard.isDrained).length;
    const window = this.isProbeAnswered ? this.#shardsAtOnce : 1;
    if (this.isStopped || handingOut >= window || this.running.size >= mostRunning) return undefined;
    // What is left of the canary is known for certain only when the shard before has closed.
    if (this.canaryRows !== undefined && this.running.size > 0) return undefined;
    const again = this.again.shift();
    if (again !== undefined) return again;
    if (this.nextShard > this.shards || this.startedShards >= this.#input.shardsPerRun) return undefined;
    this.startedShards += 1;
    this.nextShard += 1;
    return this.shardRuns === undefined ? this.nextShard - 1 : nthOf(this.shardRuns, this.nextShard - 1);
  }

  /** What a shard is to do now. Until an answer was read, one shard sends one row at a time and the others wait. */
  steeringOf(shard: number): ShardSteering {
    const isProbingShard = shard === this.#probingShard();
    return {
      go: this.isStopped ? 'stop' : this.isProbeAnswered ? 'all' : isProbingShard ? 'probe' : 'stop',
      concurrency: Math.ceil(this.#concurrency / this.#shardsAtOnce),
      holdGeneration: this.holdGeneration,
      ...(this.canaryRows === undefined
        ? {}
        : { rowsAllowed: Math.max(0, this.canaryRows - answeredOf(this.closedCounts)) }),
      tolerancePercent: this.tolerance.percent,
      ...(this.tolerance.ask === 0 ? {} : { ask: this.tolerance.ask }),
    };
  }

  /** Takes a shard's word; what follows is told to the shards by the next steering. */
  takeReport(report: ShardReport): void {
    const shard = this.running.get(report.shard);
    // Reports may overtake each other: a shard's counts only grow.
    if (
      report.counts !== undefined &&
      shard !== undefined &&
      totalOf(report.counts) >= totalOf(shard.counts)
    ) {
      shard.counts = report.counts;
    }
    if (report.ask !== undefined && shard !== undefined) {
      shard.answeredAsk = Math.max(shard.answeredAsk, report.ask);
    }
    if (report.concurrency !== undefined) this.effectiveConcurrency = report.concurrency;
    if (report.kind === 'drained' && shard !== undefined) shard.isDrained = true;
    this.#judge();
    // An answer of before the hold says nothing about the time after it.
    if (report.holdGeneration !== this.holdGeneration) return;
    if (report.kind === 'probe_answered') this.isProbeAnswered = true;
    if (report.kind === 'hold' && report.hold !== undefined) this.holdFor(report.hold);
  }

  /** The first reason stays, unless a later one outranks it. */
  holdFor(reason: HoldReason): void {
    if (outranks(reason.code, this.hold?.code)) this.hold = reason;
  }

  resume(): void {
    // A canary waits for its approval, not for this.
    if (this.hold !== undefined && this.hold.code !== 'canary_sent') {
      this.hold = undefined;
      this.holdGeneration += 1;
      this.isProbeAnswered = false;
      // As the other counters behind holds do: a person has looked at what was before.
      this.tolerance.beginAnew(this.counts);
    }
    this.isPaused = false;
    // A canary whose rows are all sent waits for its approval again: nothing else would say so.
    this.#judge();
  }

  /** After the canary: every row may go. */
  approve(): void {
    this.canaryRows = undefined;
    this.hold = undefined;
  }

  setTolerance(percent: number): void {
    this.tolerance.percent = percent;
    this.#judge();
  }

  closeShard(shard: number, counts: OutcomeCounts): void {
    this.running.delete(shard);
    this.closedShards += 1;
    this.closedCounts = sumCounts([this.closedCounts, counts]);
    this.#judge();
  }

  /** The outcomes so far, as far as the running shards have told theirs. */
  get counts(): OutcomeCounts {
    return sumCounts([this.closedCounts, ...[...this.running.values()].map((shard) => shard.counts)]);
  }

  progress(): BatchProgress {
    return progressOf(this, this.#input);
  }

  carried(): CarriedBatch {
    return carriedOf(this);
  }

  /** Holds where the rows so far say so. Not once all are answered: there is nothing left to stop. */
  #judge(): void {
    const counts = this.counts;
    if (this.stage !== 'sending' || answeredOf(counts) >= this.sendableRows) return;
    const reason =
      this.tolerance.judge(counts, this.running.values()) ??
      (this.canaryRows === undefined ? undefined : canaryHoldOf(this.canaryRows, counts));
    if (reason !== undefined) this.holdFor(reason);
  }

  /** Rows handed out at once, over all shards. */
  get #concurrency(): number {
    return Math.min(
      this.effectiveConcurrency ?? effectiveConcurrencyOf(this.limits),
      concurrencyOf(this.limits),
    );
  }

  get #shardsAtOnce(): number {
    // A batch of few shards has its concurrency in those.
    return Math.max(1, Math.min(this.shards, Math.ceil(this.#concurrency / concurrencyPerShard)));
  }

  /** The first shard that runs: one that has handed out all its rows ends by itself, and the next is the first then. */
  #probingShard(): number | undefined {
    return [...this.running.keys()].sort((a, b) => a - b)[0];
  }
}
