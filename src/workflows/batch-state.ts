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
  MigrateBatchInput,
  ShardReport,
  ShardSteering,
} from '../contract/workflows.ts';
import { sumCounts } from '../domain/tally.ts';

/**
 * Lanes of one shard, at most. Many lanes in few shards make cheap histories: the more rows end between two workflow tasks,
 * the fewer workflow tasks there are.
 */
const lanesPerShard = 200;
/** Shards that run at once, at most: those that hand out rows and those that wait for their last answers. */
const mostRunning = 24;

/** A shard that runs, as its batch knows it. */
export interface RunningShard {
  isDrained: boolean;
  counts: OutcomeCounts;
}

export class BatchState {
  rows = 0;
  sendableRows = 0;
  shards = 0;
  nextShard = 1;
  startedShards = 0;
  isPaused = false;
  isProbed = false;
  epoch = 0;
  hold: HoldReason | undefined;
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
    this.startedAtMs = carried?.startedAtMs ?? nowMs;
    if (carried !== undefined) {
      this.stage = 'sending';
      this.rows = carried.rows;
      this.sendableRows = carried.sendableRows;
      this.shards = carried.shards;
      this.nextShard = carried.nextShard;
      this.closedShards = carried.nextShard - 1;
      this.closedCounts = carried.counts;
      this.isProbed = carried.isProbed;
      this.isPaused = carried.isPaused;
      this.hold = carried.hold;
      this.epoch = carried.epoch;
    }
  }

  get isStopped(): boolean {
    return this.isPaused || this.hold !== undefined;
  }

  get phase(): BatchPhase {
    if (this.stage === 'finished' || this.stage === 'cancelled') return this.stage;
    return this.hold !== undefined ? 'on_hold' : this.isPaused ? 'paused' : this.stage;
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
    const window = this.isProbed ? this.#window() : 1;
    if (this.isStopped || handingOut >= window || this.running.size >= mostRunning) return undefined;
    const again = this.again.shift();
    if (again !== undefined) return again;
    if (this.nextShard > this.shards || this.startedShards >= this.#input.shardsPerRun) return undefined;
    this.startedShards += 1;
    this.nextShard += 1;
    return this.nextShard - 1;
  }

  /** What a shard is to do now. Until an answer was read, one shard sends one row at a time and the others wait. */
  steeringOf(shard: number): ShardSteering {
    const { ratePerS } = this.#input;
    const isProber = shard === this.#prober();
    return {
      go: this.isStopped ? 'stop' : this.isProbed ? 'all' : isProber ? 'alone' : 'stop',
      lanes: Math.ceil(this.#usefulLanes() / this.#window()),
      ...(ratePerS === undefined ? {} : { ratePerS }),
      epoch: this.epoch,
    };
  }

  /** Takes a shard's word; what follows is told to the shards by the next steering. */
  takeReport(report: ShardReport): void {
    const shard = this.running.get(report.shard);
    if (report.counts !== undefined && shard !== undefined) shard.counts = report.counts;
    if (report.kind === 'drained' && shard !== undefined) shard.isDrained = true;
    // An answer of before the hold says nothing about the time after it.
    if (report.epoch !== this.epoch) return;
    if (report.kind === 'probed') this.isProbed = true;
    if (report.kind === 'hold' && report.hold !== undefined) this.holdFor(report.hold);
  }

  holdFor(reason: HoldReason): void {
    this.hold ??= reason;
  }

  resume(): void {
    if (this.hold !== undefined) {
      this.hold = undefined;
      this.epoch += 1;
      this.isProbed = false;
    }
    this.isPaused = false;
  }

  closeShard(shard: number, counts: OutcomeCounts): void {
    this.running.delete(shard);
    this.closedShards += 1;
    this.closedCounts = sumCounts([this.closedCounts, counts]);
  }

  progress(): BatchProgress {
    const { pass, concurrency, ratePerS } = this.#input;
    return {
      phase: this.phase,
      pass,
      rows: this.rows,
      sendableRows: this.sendableRows,
      counts: sumCounts([this.closedCounts, ...[...this.running.values()].map((shard) => shard.counts)]),
      closedCounts: this.closedCounts,
      shards: this.shards,
      closedShards: this.closedShards,
      runningShards: [...this.running.keys()],
      startedAtMs: this.startedAtMs,
      concurrency,
      ...(ratePerS === undefined ? {} : { ratePerS }),
      ...(this.hold === undefined ? {} : { hold: this.hold }),
    };
  }

  carried(): CarriedBatch {
    return {
      startedAtMs: this.startedAtMs,
      rows: this.rows,
      sendableRows: this.sendableRows,
      shards: this.shards,
      nextShard: this.nextShard,
      counts: this.closedCounts,
      isProbed: this.isProbed,
      isPaused: this.isPaused,
      epoch: this.epoch,
      ...(this.hold === undefined ? {} : { hold: this.hold }),
    };
  }

  #window(): number {
    return Math.ceil(this.#usefulLanes() / lanesPerShard);
  }

  /** At a slow rate more lanes than ten seconds' worth of sends would only wait, and be given back to Temporal and taken again. */
  #usefulLanes(): number {
    const { concurrency, ratePerS } = this.#input;
    return ratePerS === undefined ? concurrency : Math.min(concurrency, Math.max(1, Math.ceil(ratePerS * 8)));
  }

  /** The first shard that runs: one that has handed out all its rows ends by itself, and the next is the first then. */
  #prober(): number | undefined {
    return [...this.running.keys()].sort((a, b) => a - b)[0];
  }
}
