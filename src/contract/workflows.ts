import type { SendWindow } from '../domain/send-window.ts';
import type { ControlCaller } from './audit.ts';
import type { HoldReason } from './hold.ts';
import type { PostNoticeInput } from './notice.ts';
import type { OutcomeCounts } from './outcome.ts';

export const migrateBatchWorkflowType = 'migrateBatchWorkflow';
export const migrateShardWorkflowType = 'migrateShardWorkflow';

/** The wire names of the batch's query and updates. */
export const progressQueryName = 'progress';
export const pauseUpdateName = 'pause';
export const resumeUpdateName = 'resume';
export const setRateUpdateName = 'setRate';
export const setConcurrencyUpdateName = 'setConcurrency';
export const approveUpdateName = 'approve';
export const setToleranceUpdateName = 'setTolerance';
/** The updates that steer a batch. */
export type ControlName =
  | typeof pauseUpdateName
  | typeof resumeUpdateName
  | typeof approveUpdateName
  | typeof setToleranceUpdateName
  | typeof setRateUpdateName
  | typeof setConcurrencyUpdateName;

export interface MigrateBatchInput {
  readonly batchId: string;
  readonly pass: number;
  readonly activityQueue: string;
  readonly ratePerS?: number;
  /** Requests in flight at once, at most; absent: follows from the rate. */
  readonly concurrency?: number;
  /** The last change of the limits in an earlier run or pass; absent: none. */
  readonly limitsChange?: LimitsChange;
  readonly gatewayTimeoutMs: number;
  /** A worker without a heartbeat for so long counts as dead; absent: each activity's default. */
  readonly heartbeatTimeoutMs?: number;
  readonly isLive: boolean;
  /** False if the server has not registered them: an unknown one would fail every workflow task. */
  readonly hasSearchAttributes: boolean;
  /** This many rows are sent, then the batch waits for `approve`; absent: no canary. */
  readonly canaryRows?: number;
  /** The tolerated share of answered rows without a token, in percent; absent: the default. */
  readonly tolerancePercent?: number;
  /** True if the record has a URL for notices; absent: it has none. */
  readonly hasNotices?: boolean;
  /** The hours in which rows are sent; absent: all. */
  readonly window?: SendWindow;
  /**
   * The pass sends nothing, and is closed and published as cancelled; absent: it sends its rows.
   */
  readonly closesOnly?: true;
  /** After this many shards the workflow continues as new. */
  readonly shardsPerRun: number;
  /** Absent in the first run. */
  readonly carried?: CarriedBatch;
}

/** A batch's limits as an operator changed them. */
export interface LimitsChange {
  /** Increases with every change. */
  readonly change: number;
  /** Requests per second; absent: the batch has no limit. */
  readonly ratePerS?: number;
  /** Absent: follows from the rate. */
  readonly concurrency?: number;
  readonly who: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reason?: string;
}

/** `setRate`: requests per second from now on; null: no limit. */
export interface SetRateInput extends ControlCaller {
  readonly ratePerS: number | null;
}

/** `setConcurrency`: requests in flight from now on, at most; null: follows from the rate. */
export interface SetConcurrencyInput extends ControlCaller {
  readonly concurrency: number | null;
}

/** The state that a batch's workflow keeps when it continues as new. */
export interface CarriedBatch {
  readonly startedAtMs: number;
  readonly rows: number;
  readonly sendableRows: number;
  readonly shards: number;
  /** Counts the pass's shards, from 1. If there are `shardRuns`, these give the shards' numbers. */
  readonly nextShard: number;
  readonly shardRuns?: readonly (readonly [first: number, last: number])[];
  readonly counts: OutcomeCounts;
  readonly isProbeAnswered: boolean;
  readonly isPaused: boolean;
  readonly hold?: HoldReason;
  readonly holdGeneration: number;
  /** As in OpenShardInput. */
  readonly lastOpening?: number;
  readonly limitsChange?: LimitsChange;
  /** How many rows in flight are useful, as workers report; absent: follows from the limits. */
  readonly effectiveConcurrency?: number;
  /** Absent: there is no canary, or it was approved. */
  readonly canaryRows?: number;
  readonly tolerancePercent: number;
  /** The number of notices so far; absent: none. */
  readonly notices?: number;
  /** The counts at the last resume from a hold. The tolerance counts from there. */
  readonly toleratedFrom: OutcomeCounts;
}

/** `setTolerance`: the percentage from now on. */
export interface SetToleranceInput extends ControlCaller {
  /** 0 to 100. */
  readonly percent: number;
}

export const batchPhases = [
  'staging',
  'sending',
  'paused',
  'on_hold',
  'waiting_for_approval',
  'waiting_for_window',
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
  /** Rows of closed shards, and of running ones as last reported. The client adds newer counts. */
  readonly counts: OutcomeCounts;
  readonly closedCounts: OutcomeCounts;
  readonly shards: number;
  readonly closedShards: number;
  readonly runningShards: readonly number[];
  readonly startedAtMs: number;
  readonly concurrency: number;
  readonly ratePerS?: number;
  /** The last change of the limits, with who and why; absent: unchanged since the start. */
  readonly limitsChange?: LimitsChange;
  readonly hold?: HoldReason;
  /**
   * The hours in which rows are sent; absent: all. `changesAtMs` is absent until the first check.
   */
  readonly window?: SendWindow & { readonly isOpen: boolean; readonly changesAtMs?: number };
  /** The number of notices so far; absent: none. */
  readonly notices?: number;
  /** The rows that are sent before the approval; absent: no canary, or it was approved. */
  readonly canaryRows?: number;
  readonly tolerancePercent: number;
}

export interface MigrateBatchResult {
  readonly counts: OutcomeCounts;
  readonly rows: number;
  readonly location: string;
}

export interface NoticeWorkflowInput extends PostNoticeInput {
  readonly activityQueue: string;
}
