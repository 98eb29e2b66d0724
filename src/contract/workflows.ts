import type { SendWindow } from '../domain/send-window.ts';
import type { ControlCaller } from './audit.ts';
import type { HoldReason } from './hold.ts';
import type { PostNoticeInput } from './notice.ts';
import type { OutcomeCounts } from './outcome.ts';

export const migrateBatchWorkflowType = 'migrateBatchWorkflow';
export const migrateShardWorkflowType = 'migrateShardWorkflow';

/** Names on the wire of the batch's query and updates, and of the signals between a batch and its shards. */
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
  /** Requests under way at once, at most; absent: it follows from the rate. */
  readonly concurrency?: number;
  /** The last change of the rate in an earlier run or pass; absent: none. */
  readonly limitsChange?: LimitsChange;
  readonly gatewayTimeoutMs: number;
  /** A worker that tells nothing of its activities for so long is taken for dead; absent: as long as is sensible. */
  readonly heartbeatTimeoutMs?: number;
  readonly isLive: boolean;
  /** False where the server has not registered them: an unknown one would fail every workflow task. */
  readonly hasSearchAttributes: boolean;
  /** So many rows are sent, then the batch waits for `approve`; absent: none goes ahead. */
  readonly canaryRows?: number;
  /** The share of answered rows without a token that is tolerated, in percent; absent: what is usual. */
  readonly tolerancePercent?: number;
  /** True where the record has a URL for notices; absent: it has none. */
  readonly hasNotices?: boolean;
  /** The hours in which rows are sent; absent: all. */
  readonly window?: SendWindow;
  /** The pass is closed and published as cancelled, and nothing is sent; absent: its rows are sent. */
  readonly closesOnly?: true;
  /** After so many shards the workflow continues as new. */
  readonly shardsPerRun: number;
  /** Absent in the first run. */
  readonly carried?: CarriedBatch;
}

/** A batch's rate as an operator changed it. */
export interface LimitsChange {
  /** Grows with every change. */
  readonly change: number;
  /** Requests a second; absent: no limit of its own. */
  readonly ratePerS?: number;
  /** Absent: it follows from the rate. */
  readonly concurrency?: number;
  readonly who: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reason?: string;
}

/** `setRate`: requests a second from now on; null: no limit. */
export interface SetRateInput extends ControlCaller {
  readonly ratePerS: number | null;
}

/** `setConcurrency`: requests under way at once from now on; null: as follows from the rate. */
export interface SetConcurrencyInput extends ControlCaller {
  readonly concurrency: number | null;
}

/** What a batch's workflow takes along when it continues as new. */
export interface CarriedBatch {
  readonly startedAtMs: number;
  readonly rows: number;
  readonly sendableRows: number;
  readonly shards: number;
  /** Counts the pass's shards, from 1; their numbers are others where `shardRuns` says so. */
  readonly nextShard: number;
  readonly shardRuns?: readonly (readonly [first: number, last: number])[];
  readonly counts: OutcomeCounts;
  readonly isProbeAnswered: boolean;
  readonly isPaused: boolean;
  readonly hold?: HoldReason;
  readonly holdGeneration: number;
  readonly limitsChange?: LimitsChange;
  /** What the account's limit leaves use for; absent: it does not count. */
  readonly effectiveConcurrency?: number;
  /** Absent: there is no canary, or it was approved. */
  readonly canaryRows?: number;
  readonly tolerancePercent: number;
  /** How many notices there were; absent: none. */
  readonly notices?: number;
  /** The counts at the last resume from a hold: the tolerance is judged from there on. */
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
  /** Rows of closed shards, and of the running ones as far as they have told; the client adds what is fresher. */
  readonly counts: OutcomeCounts;
  readonly closedCounts: OutcomeCounts;
  readonly shards: number;
  readonly closedShards: number;
  readonly runningShards: readonly number[];
  readonly startedAtMs: number;
  readonly concurrency: number;
  readonly ratePerS?: number;
  /** Who changed the rate last, and why; absent: it is as it was started. */
  readonly limitsChange?: LimitsChange;
  readonly hold?: HoldReason;
  /** The hours in which rows are sent; absent: all. `changesAtMs` is absent until they were looked at first. */
  readonly window?: SendWindow & { readonly isOpen: boolean; readonly changesAtMs?: number };
  /** How many notices were handed out; absent: none. */
  readonly notices?: number;
  /** The rows that go ahead and wait for approval; absent: none, or it was given. */
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
