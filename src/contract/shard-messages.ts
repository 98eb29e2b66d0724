/* Messages between a batch's workflow and its shards' workflows, stored in histories. */
import type { RowRuns, UnwrittenResult } from './activities.ts';
import type { HoldReason } from './hold.ts';
import type { OutcomeCounts } from './outcome.ts';

/** Names on the wire of the signals between a batch and its shards. */
export const shardReportSignalName = 'shardReport';
export const steerSignalName = 'steer';

export interface MigrateShardInput {
  readonly batchId: string;
  readonly pass: number;
  readonly shard: number;
  readonly activityQueue: string;
  readonly gatewayTimeoutMs: number;
  /** As in MigrateBatchInput. */
  readonly heartbeatTimeoutMs?: number;
  /** As in OpenShardInput. */
  readonly lastOpening?: number;
  readonly wasOpened?: true;
  /** What an earlier run of the shard gave back; absent: nothing. */
  readonly before?: ShardMemory;
  /** Random, another one for each start of the shard. Its reports carry it. */
  readonly startId?: string;
  /** What the shard does until the first signal. */
  readonly steering: ShardSteering;
}

export interface MigrateShardResult {
  readonly counts: OutcomeCounts;
  /** As in OpenShardResult. */
  readonly opening?: number;
  /**
   * Present if the shard was cancelled before it could be closed: what its next run, or its closing
   * by the batch, needs.
   */
  readonly givenBack?: ShardMemory;
}

/** What a run of a shard's workflow knows of its rows by itself. As in CloseShardInput. */
export interface ShardMemory {
  readonly answered?: RowRuns;
  readonly unwritten?: readonly UnwrittenResult[];
}

/** The answer to the query `progress`. */
export interface ShardProgress {
  readonly counts: OutcomeCounts;
  readonly rowsWaiting: number;
  /** Handed out by this run, or sent by another owner whose result is not known yet. */
  readonly rowsInFlight: number;
}

/** What the batch wants of a shard. */
export interface ShardSteering {
  /**
   * `stop`: send nothing. `probe`: one row at a time, until an answer could be read. `all`: as many
   * as `concurrency`.
   */
  readonly go: 'stop' | 'probe' | 'all';
  /** Rows that the shard hands out at once, at most. */
  readonly concurrency: number;
  /** Counts the batch's holds. A shard's report about an earlier generation makes no new hold. */
  readonly holdGeneration: number;
  /**
   * The run of the batch's workflow, as in TokenizeRowInput. The batch must decide nothing by it: a
   * reset replays the history under the id of another run.
   */
  readonly run?: string;
  /** How many of the shard's rows may be answered; absent: all. */
  readonly rowsAllowed?: number;
  /**
   * A shard in which a larger share of the rows brings no token reports its counts as they grow, in
   * percent.
   */
  readonly tolerancePercent: number;
  /**
   * Counts the batch's requests for the shard's counts. The shard answers each once. Absent: none
   * so far.
   */
  readonly ask?: number;
  /**
   * Grows with each signal to this shard. They may overtake each other, so the shard ignores an
   * older one. Absent: the first.
   */
  readonly version?: number;
}

/** A shard's report to its batch. */
export type ShardReport = ShardNews & {
  readonly shard: number;
  /** The generation in which it happened. */
  readonly holdGeneration: number;
  /** As in MigrateShardInput. The batch ignores reports of a start that it did not make. */
  readonly startId?: string;
  /** The number of the shard's opening; absent: it is not opened yet, or was closed already. */
  readonly opening?: number;
};

export type ShardNews =
  /** The answer to a probe could be read. */
  | { readonly kind: 'probe_answered' }
  /** The shard has handed out nearly all its rows: the next shard may start. */
  | { readonly kind: 'drained' }
  /** An answer or a failure requires a hold. */
  | { readonly kind: 'hold'; readonly hold: HoldReason }
  /** The outcomes so far; `ask` is the request that they answer. */
  | { readonly kind: 'counts'; readonly counts: OutcomeCounts; readonly ask?: number }
  /** As many rows handed out at once are of use, according to a worker. */
  | { readonly kind: 'concurrency'; readonly concurrency: number };
