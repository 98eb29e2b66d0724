/* Messages between a batch's workflow and its shards' workflows, stored in histories. */
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
  /** What the shard does until the first signal. */
  readonly steering: ShardSteering;
}

export interface MigrateShardResult {
  readonly counts: OutcomeCounts;
}

/** The answer to the query `progress`. */
export interface ShardProgress {
  readonly counts: OutcomeCounts;
  readonly rowsWaiting: number;
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
   * Counts the signals to this shard. They may overtake each other, so the shard ignores an older
   * one. Absent: the first.
   */
  readonly version?: number;
}

/** A shard's report to its batch. */
export type ShardReport = ShardNews & {
  readonly shard: number;
  /** The generation in which it happened. */
  readonly holdGeneration: number;
};

export type ShardNews =
  /** The answer to a probe could be read. */
  | { readonly kind: 'probe_answered' }
  /**
   * The shard has handed out nearly all its rows: the next shard may start. `opening` is the number
   * of its opening.
   */
  | { readonly kind: 'drained'; readonly opening?: number }
  /** An answer or a failure requires a hold. */
  | { readonly kind: 'hold'; readonly hold: HoldReason }
  /** The outcomes so far; `ask` is the request that they answer. */
  | { readonly kind: 'counts'; readonly counts: OutcomeCounts; readonly ask?: number }
  /** As many rows handed out at once are of use, according to a worker. */
  | { readonly kind: 'concurrency'; readonly concurrency: number };
