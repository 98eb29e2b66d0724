/*
 * What goes between workflows and activities, and so into histories: references and counts, never a row. Changing a field
 * here is a decision about running batches.
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
  /** A pass after the first is not staged, only looked up; absent: the first. */
  readonly pass?: number;
}

export interface StageBatchResult {
  /** Of the file; of a later pass, those that it sends. */
  readonly rows: number;
  readonly sendableRows: number;
  /** How many shards the pass goes over. */
  readonly shards: number;
  /** Which shards, as runs `[first, last]`; absent: 1 to `shards`. */
  readonly shardRuns?: readonly (readonly [first: number, last: number])[];
}

export interface OpenShardInput {
  readonly batchId: string;
  readonly pass: number;
  readonly shard: number;
}

export interface OpenShardResult {
  /** The rows still to be sent, as runs `[first, last]` of row numbers. */
  readonly toSend: readonly (readonly [first: number, last: number])[];
  /** The rows of the shard that have an outcome already. */
  readonly counts: OutcomeCounts;
}

/** One row to be sent. Every byte here is paid once for each row of a history, so what is usual is left out. */
export interface TokenizeRowInput {
  readonly batchId: string;
  readonly pass: number;
  readonly row: number;
  /** Counts the holds so far (absent: none); the counters behind the holds begin anew with each. */
  readonly holdGeneration?: number;
  /** The batch waits for an answer that can be read before it sends more (absent: it does not). */
  readonly isProbe?: true;
}

export interface TokenizeRowResult {
  readonly outcome: RowOutcome;
  /** To a row that went alone: the answer could be read, so the next rows may go. Absent: no. */
  readonly isRead?: true;
  /** Under the account's limit so many rows handed out at once are of use; absent: as was told before. */
  readonly concurrency?: number;
  /** The answer that made the batch hold. */
  readonly hold?: HoldReason;
  /** The whole end, where it could not be written into the intent: it is handed to closeShard. */
  readonly unwritten?: UnwrittenResult;
}

/** An end that its owner could not write. Holds no card number. */
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
  /** Rows that were never sent become `not_sent`; absent: there must be none. */
  readonly isCancelled?: true;
}

export interface CloseShardResult {
  readonly counts: OutcomeCounts;
  /**
   * Present where the shard was not closed: rows that turned out not to be sent, as runs `[first, last]`. Their intents were
   * open when they were looked at, and their owners have said since that they sent nothing.
   */
  readonly toSend?: readonly (readonly [first: number, last: number])[];
}

export interface CloseUnsentShardsInput {
  readonly batchId: string;
  readonly pass: number;
  readonly fromShard: number;
}

export interface PublishResultsInput {
  readonly batchId: string;
  readonly pass: number;
  readonly isCancelled: boolean;
}

export interface PublishResultsResult {
  readonly counts: OutcomeCounts;
  readonly rows: number;
  /** The folder of the storage that holds the result files, for the operator to read. */
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
  /** By the clock of the worker, until it opens or closes. */
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
  /** An activity, since time zones change, and a history that is replayed must not. */
  lookAtWindow(input: LookAtWindowInput): Promise<LookAtWindowResult>;
}
