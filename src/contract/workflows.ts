import type { HoldReason } from './hold.ts';
import type { OutcomeCounts } from './outcome.ts';

export const migrateBatchWorkflowType = 'migrateBatchWorkflow';
export const migrateShardWorkflowType = 'migrateShardWorkflow';

/** Names on the wire of the batch's query and updates, and of the signals between a batch and its shards. */
export const progressQueryName = 'progress';
export const pauseUpdateName = 'pause';
export const resumeUpdateName = 'resume';
export const shardReportSignalName = 'shardReport';
export const steerSignalName = 'steer';

export interface MigrateBatchInput {
  readonly batchId: string;
  readonly pass: number;
  readonly activityQueue: string;
  readonly ratePerS?: number;
  /** Requests under way at once, at most. */
  readonly concurrency: number;
  readonly gatewayTimeoutMs: number;
  readonly isLive: boolean;
  /** False where the server has not registered them: an unknown one would fail every workflow task. */
  readonly hasSearchAttributes: boolean;
  /** After so many shards the workflow continues as new. */
  readonly shardsPerRun: number;
  /** Absent in the first run. */
  readonly carried?: CarriedBatch;
}

/** What a batch's workflow takes along when it continues as new. */
export interface CarriedBatch {
  readonly startedAtMs: number;
  readonly rows: number;
  readonly sendableRows: number;
  readonly shards: number;
  readonly nextShard: number;
  readonly counts: OutcomeCounts;
  readonly isProbed: boolean;
  readonly isPaused: boolean;
  readonly hold?: HoldReason;
  readonly epoch: number;
}

export const batchPhases = [
  'staging',
  'sending',
  'paused',
  'on_hold',
  'closing',
  'publishing',
  'finished',
  'cancelled',
] as const;
export type BatchPhase = (typeof batchPhases)[number];

export interface BatchProgress {
  readonly phase: BatchPhase;
  readonly pass: number;
  readonly rows: number;
  readonly sendableRows: number;
  /** Rows of closed shards, and of the running ones as far as they have told; the client adds what is fresher. */
  readonly counts: OutcomeCounts;
  readonly closedCounts: OutcomeCounts;
  readonly shards: number;
  readonly closedShards: number;
  readonly runningShards: readonly number[];
  readonly startedAtMs: number;
  readonly concurrency: number;
  readonly ratePerS?: number;
  readonly hold?: HoldReason;
}

export interface MigrateBatchResult {
  readonly counts: OutcomeCounts;
  readonly rows: number;
  readonly location: string;
}

/** What the batch wants of a shard. `alone`: one row at a time, until an answer was read. */
export interface ShardSteering {
  readonly go: 'stop' | 'alone' | 'all';
  readonly lanes: number;
  readonly ratePerS?: number;
  readonly epoch: number;
}

export interface MigrateShardInput {
  readonly batchId: string;
  readonly pass: number;
  readonly shard: number;
  readonly activityQueue: string;
  readonly gatewayTimeoutMs: number;
  readonly steering: ShardSteering;
}

export interface MigrateShardResult {
  readonly counts: OutcomeCounts;
}

export interface ShardProgress {
  readonly counts: OutcomeCounts;
  readonly rowsWaiting: number;
  readonly rowsInFlight: number;
}

/** A shard's word to its batch. */
export interface ShardReport {
  readonly shard: number;
  /** `probed`: an answer was read. `drained`: nearly every row is handed out, so the next shard may begin. `hold`: an answer made the batch hold. `counts`: news. */
  readonly kind: 'probed' | 'drained' | 'hold' | 'counts';
  readonly epoch: number;
  readonly counts?: OutcomeCounts;
  readonly hold?: HoldReason;
}
