/*
 * The storage: the truth about rows. A second implementation (an object store) passes the same contract tests,
 * test/storage/contract.ts. Keys are paths with `/`; what is made is readable by its owner only.
 */
import type { RowAnswer } from '../contract/row-answer.ts';

/** Whole files: written once or replaced as a whole, so that a reader never sees half of one. */
export interface FileStore {
  /** Creates the file durably; false, and nothing changed, where it exists. */
  createExclusive(key: string, content: Uint8Array | string): Promise<boolean>;
  /** Replaces the file durably and atomically; parts are streamed, so a file may be larger than memory. */
  replace(key: string, content: Uint8Array | string | AsyncIterable<string>): Promise<void>;
  /** Begins a file that nobody sees before its commit. Whoever begins one commits or discards it. */
  draft(key: string): Promise<FileDraft>;
  /** The content, or undefined where there is no such file. */
  read(key: string): Promise<Buffer | undefined>;
  /** The lines of a text file, without their ends; none where there is no such file. */
  readLines(key: string): AsyncIterable<string>;
  /** The names directly under a folder, sorted; none where it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Removes a file or a whole folder; no error where it does not exist. */
  remove(key: string): Promise<void>;
  /** Where a person finds the file. */
  locate(key: string): string;
}

/** A file that is being written, and takes the place of the one of its name at its commit. */
export interface FileDraft {
  write(text: string): Promise<void>;
  /** Makes what was written durable; nothing can be written after that. */
  finish(): Promise<void>;
  /** Takes the file's place, durably and atomically. Only after `finish`. */
  commit(): Promise<void>;
  /** Leaves the file as it was; no error where the draft is gone already. */
  discard(): Promise<void>;
}

/** A shard in one pass: the intents of its rows lie together. */
export interface ShardRef {
  readonly batchId: string;
  readonly pass: number;
  readonly shard: number;
}

/** What an intent says from its making on. */
export interface IntentHead {
  readonly row: number;
  /** The intent's number for this row and pass, from 1. */
  readonly intent: number;
  readonly merchantTxnRef: string;
  /** Host and process, for the person who investigates. */
  readonly owner: string;
  readonly createdAtMs: number;
  /** By then its owner has written the result, or never will. */
  readonly deadlineMs: number;
}

export type IntentResult =
  | { readonly kind: 'not_processed'; readonly cause: string }
  | { readonly kind: 'final'; readonly answer: RowAnswer };

/** An intent as found. Without an end it is open: its owner is still sending, or was stopped. */
export interface Intent {
  readonly head: IntentHead;
  readonly result?: IntentResult;
}

/** An intent that this process made; only it may write the result. */
export interface OwnIntent {
  /** Writes the end durably into the room that was reserved. Throws where the storage fails; then the intent stays open. */
  writeResult(end: IntentResult): Promise<void>;
}

export interface IntentStore {
  /** Gets the shard's place ready, so that the first row does not pay for it. */
  prepare(shard: ShardRef): Promise<void>;
  /** The row's intent with the highest number, and undefined where it has none. */
  last(shard: ShardRef, row: number): Promise<Intent | undefined>;
  /** Makes an intent durably, with room for its end; undefined where an intent of this number exists. Throws, and leaves none, where it cannot be made durable. */
  create(shard: ShardRef, head: IntentHead): Promise<OwnIntent | undefined>;
  /** From now on no intent of the shard may lead to a send. Durable; may be repeated. */
  seal(shard: ShardRef): Promise<void>;
  isSealed(shard: ShardRef): Promise<boolean>;
  /** All intents of the shard, by row and number. */
  list(shard: ShardRef): Promise<Intent[]>;
  /** How many intents of the shard are left, without reading them. */
  count(shard: ShardRef): Promise<number>;
  remove(shard: ShardRef, intents: readonly Pick<IntentHead, 'row' | 'intent'>[]): Promise<void>;
}

/**
 * The slots of a limit that several workers share: slot batches of them, numbered from 1, each made by one worker. A slot batch is
 * worth something for a second, so nothing here is durable, only whole: who reads one sees all of it.
 */
export interface SlotStore {
  /** The numbers of the slot batches that are there, ascending. `shared limit` is a folder of the storage. */
  list(sharedLimit: string): Promise<number[]>;
  /** A slot batch's content, or undefined where there is none of this number. */
  read(sharedLimit: string, slotBatch: number): Promise<string | undefined>;
  /** Makes a slot batch; false, and nothing changed, where one of this number is there. Of many who make one at once one succeeds. */
  create(sharedLimit: string, slotBatch: number, content: string): Promise<boolean>;
  /** Replaces the content of a slot batch. */
  replace(sharedLimit: string, slotBatch: number, content: string): Promise<void>;
  /** Removes slot batches; no error where they are gone. */
  remove(sharedLimit: string, slotBatches: readonly number[]): Promise<void>;
}

export interface Storage {
  /** Made with the storage, and never changed: a batch is bound to it. */
  readonly id: string;
  readonly files: FileStore;
  readonly intents: IntentStore;
  readonly slots: SlotStore;
}
