/*
 * Messages between workflows and activities, stored in histories: references and counts, never a
 * row. A changed field affects running batches.
 */
import type { SendWindow } from '../domain/send-window.ts';
import type { AuditAct, AuditNews } from './audit.ts';
import type { HoldReason } from './hold.ts';
import type { PostNoticeInput } from './notice.ts';
import type { OutcomeCounts, RowOutcome } from './outcome.ts';
import type { RowAnswer } from './row-answer.ts';
import type { LimitsChange } from './workflows.ts';

export interface StageBatchInput {
  readonly batchId: string;
  /** A pass after the first has a plan instead of being staged. Absent: the first pass. */
  readonly pass?: number;
}

export interface StageBatchResult {
  /** The rows of the file. In a later pass, the rows that it sends. */
  readonly rows: number;
  readonly sendableRows: number;
  /** The number of shards in the pass. */
  readonly shards: number;
  /** The numbers of these shards, as runs `[first, last]`; absent: 1 to `shards`. */
  readonly shardRuns?: readonly (readonly [first: number, last: number])[];
}

/** Numbers of rows (or of shards, if it is said), as runs `[first, last]`. */
export type RowRuns = readonly (readonly [first: number, last: number])[];

export interface OpenShardInput {
  readonly batchId: string;
  readonly pass: number;
  readonly shard: number;
  /** The latest opening of the pass that the batch knows of. Absent: none. */
  readonly lastOpening?: number;
  /** The shard was opened before, so the storage must know it; absent: maybe not. */
  readonly wasOpened?: true;
}

export interface OpenShardResult {
  /** The rows still to be sent. */
  readonly toSend: RowRuns;
  /** The outcomes of the rows that already have one. */
  readonly counts: OutcomeCounts;
  /**
   * Identifies the opening: those of later shards of the pass have higher numbers. Absent if the
   * shard was closed without ever being opened.
   */
  readonly opening?: number;
}

/** One row to send. A history stores each byte once per row, so defaults are left out. */
export interface TokenizeRowInput {
  readonly batchId: string;
  readonly pass: number;
  readonly row: number;
  /** The number of holds so far; absent: none. Each hold resets the hold monitor's counters. */
  readonly holdGeneration?: number;
  /**
   * The run of the batch's workflow: the last 8 hex digits of its id (the first ones are a time).
   * Each run has hold monitors of its own, since a reset or a new start counts holds from the start
   * again.
   */
  readonly run?: string;
  /** The batch sends more only after this row's answer could be read; absent: it does not wait. */
  readonly isProbe?: true;
}

/**
 * The answer for a row whose intent is open, in this pass or in an earlier one: its owner may still
 * be sending it. This is no outcome and moves no counter. The closing of the shard decides.
 */
export const inFlight = 'in_flight';

export interface TokenizeRowResult {
  readonly outcome: RowOutcome | typeof inFlight;
  /** The answer to a probe could be read, so the next rows may be sent; absent: no. */
  readonly isRead?: true;
  /** How many rows in flight are useful under the account's limit; absent: as last reported. */
  readonly concurrency?: number;
  /** The hold that the answer requires. */
  readonly hold?: HoldReason;
  /** The whole result if it could not be written into the intent. closeShard gets it. */
  readonly unwritten?: UnwrittenResult;
}

/** A result that its owner could not write. Contains no card number. */
export interface UnwrittenResult {
  readonly row: number;
  readonly intent: number;
  readonly answer: RowAnswer;
}

export interface CloseShardInput {
  readonly batchId: string;
  readonly pass: number;
  readonly shard: number;
  readonly unwritten?: readonly UnwrittenResult[];
  /**
   * The rows whose outcome reached the workflow in this run. The storage must know each of them.
   * Absent: none.
   */
  readonly answered?: RowRuns;
  /** Rows that were never sent become `not_sent`; absent: there must be no such row. */
  readonly isCancelled?: true;
}

export interface CloseShardResult {
  readonly counts: OutcomeCounts;
  /**
   * Present if the shard was not closed: the rows that were not sent after all. Their intents were
   * open, and the owners have since written that they sent nothing.
   */
  readonly toSend?: RowRuns;
}

export interface CloseUnsentShardsInput {
  readonly batchId: string;
  readonly pass: number;
  readonly fromShard: number;
  /**
   * The shards that were closed according to the workflow, as runs of their numbers. If the storage
   * has lost the outcomes of one, its rows may be charged. Absent: none.
   */
  readonly closed?: RowRuns;
}

export interface PublishResultsInput {
  readonly batchId: string;
  readonly pass: number;
  readonly isCancelled: boolean;
}

export interface PublishResultsResult {
  readonly counts: OutcomeCounts;
  readonly rows: number;
  /** The storage folder with the result files, shown to the operator. */
  readonly location: string;
}

export interface AppendAuditInput {
  readonly batchId: string;
  readonly news: AuditNews;
}

export interface LookAtWindowInput {
  readonly window: SendWindow;
}

export interface LookAtWindowResult {
  readonly isOpen: boolean;
  /** The time until the window opens or closes, by the worker's clock. */
  readonly changesInMs: number;
}

export interface SetLimitsInput {
  readonly batchId: string;
  readonly act: Extract<AuditAct, 'set_rate' | 'set_concurrency'>;
  readonly limits: LimitsChange;
}

/** The activities as workflows call them. */
export interface CardliftActivities {
  stageBatch(input: StageBatchInput): Promise<StageBatchResult>;
  openShard(input: OpenShardInput): Promise<OpenShardResult>;
  tokenizeRow(input: TokenizeRowInput): Promise<TokenizeRowResult>;
  closeShard(input: CloseShardInput): Promise<CloseShardResult>;
  closeUnsentShards(input: CloseUnsentShardsInput): Promise<CloseShardResult>;
  setLimits(input: SetLimitsInput): Promise<void>;
  publishResults(input: PublishResultsInput): Promise<PublishResultsResult>;
  appendAudit(input: AppendAuditInput): Promise<void>;
  postNotice(input: PostNoticeInput): Promise<void>;
  /** An activity, since time zones change, and a replay must not. */
  lookAtWindow(input: LookAtWindowInput): Promise<LookAtWindowResult>;
}
