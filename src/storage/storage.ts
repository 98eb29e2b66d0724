/*
 * The storage: the source of truth about rows. Every implementation passes the contract tests in
 * test/storage/contract.ts. Keys are paths with `/`. Only the owner may read what is stored.
 */
import type { RowAnswer } from '../contract/row-answer.ts';
import type { Integrity } from './integrity.ts';

/** Whole files: written once or replaced as a whole. A reader never sees a partial file. */
export interface FileStore {
  /** Creates the file durably. Returns false and changes nothing if it exists. */
  createExclusive(key: string, content: Uint8Array | string): Promise<boolean>;
  /**
   * Replaces the file durably and atomically. Parts are streamed, so a file may be larger than
   * memory.
   */
  replace(key: string, content: Uint8Array | string | AsyncIterable<string>): Promise<void>;
  /** Begins a file that stays invisible until its commit. The caller must commit or discard it. */
  draft(key: string): Promise<FileDraft>;
  /** The content, or undefined if the file does not exist. */
  read(key: string): Promise<Buffer | undefined>;
  /** The lines of a text file, without line ends; none if the file does not exist. */
  readLines(key: string): AsyncIterable<string>;
  /** The names directly below a folder, sorted; empty if it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Removes a file or a whole folder. Does nothing if it does not exist. */
  remove(key: string): Promise<void>;
  /** The path of the file, for messages. */
  locate(key: string): string;
}

/** A file being written. Its commit replaces the file of the same name. */
export interface FileDraft {
  write(text: string): Promise<void>;
  /** Makes the written content durable. Nothing can be written afterwards. */
  finish(): Promise<void>;
  /** Replaces the file durably and atomically. Call `finish` first. */
  commit(): Promise<void>;
  /** Leaves the existing file unchanged. Does nothing if the draft was committed or discarded. */
  discard(): Promise<void>;
}

/** A shard in one pass. The intents of its rows are stored together. */
export interface ShardRef {
  readonly batchId: string;
  readonly pass: number;
  readonly shard: number;
}

/** What an intent states from its creation on. */
export interface IntentHead {
  readonly row: number;
  /** Number of the intent within the row and pass, from 1. */
  readonly intent: number;
  readonly merchantTxnRef: string;
  /** Host and process, for the person who investigates. */
  readonly owner: string;
  /** Random, new for each creation. The same creation, tried again, finds its own intent. */
  readonly nonce: string;
  readonly createdAtMs: number;
  /** After this time the owner has written the result or never will. Unix milliseconds. */
  readonly deadlineMs: number;
}

export type IntentResult =
  | { readonly kind: 'not_processed'; readonly cause: string }
  | { readonly kind: 'final'; readonly answer: RowAnswer };

/** An intent as found. Without a result it is open: its owner is still sending, or was stopped. */
export interface Intent {
  /** If it was cut off or altered: what follows from the intent's row and number. */
  readonly head: IntentHead;
  readonly result?: IntentResult;
  /**
   * The intent was altered or removed outside Cardlift. It has no result, and its row may have been
   * sent.
   */
  readonly isAltered?: true;
}

/** An intent that this process created; only this process may write its result. */
export interface OwnIntent {
  /**
   * Writes the result durably into the reserved space. Throws if the storage fails; the intent then
   * stays open, and the result may be written again.
   */
  writeResult(result: IntentResult): Promise<void>;
}

/**
 * Why a shard was sealed. `complete`: each row had an outcome. `cancelled`: rows without one were
 * not sent.
 */
export type SealReason = 'complete' | 'cancelled';

/** The storage lacks what it once held durably. Nothing may be sent. */
export class StorageForgotError extends Error {
  override readonly name = 'StorageForgotError';
}

export interface IntentStore {
  /** Prepares the shard's place durably. Without it no intent of the shard can be created. */
  prepare(shard: ShardRef): Promise<void>;
  isPrepared(shard: ShardRef): Promise<boolean>;
  /** The row's intent with the highest number, or undefined if it has none. */
  last(shard: ShardRef, row: number): Promise<Intent | undefined>;
  /**
   * Creates an intent durably, with space for its result. Returns undefined if another intent with
   * this number exists. Throws if it is not known to be durable: the same creation may then be
   * tried again, and finds an intent with its own nonce. Throws StorageForgotError if the shard is
   * not prepared.
   */
  create(shard: ShardRef, head: IntentHead): Promise<OwnIntent | undefined>;
  /** From now on, no intent of the shard may lead to a send. Durable. The first reason stays. */
  seal(shard: ShardRef, reason: SealReason): Promise<void>;
  isSealed(shard: ShardRef): Promise<boolean>;
  /** Why the shard was sealed; undefined if it is not. */
  sealOf(shard: ShardRef): Promise<SealReason | undefined>;
  /**
   * All intents of the shard, by row and number. A row's numbers have no gaps: an intent that is
   * missing below another one is listed as altered.
   */
  list(shard: ShardRef): Promise<Intent[]>;
  /** How many intents the shard has, without reading them. */
  count(shard: ShardRef): Promise<number>;
  remove(shard: ShardRef, intents: readonly Pick<IntentHead, 'row' | 'intent'>[]): Promise<void>;
}

/**
 * The slots of a limit that several workers share. Slots come in batches, numbered from 1, each
 * created by one worker. A slot batch matters for about a second, so writes are atomic but not
 * durable: a reader sees all of a batch or none of it. `sharedLimit` is a folder of the storage.
 */
export interface SlotStore {
  /** The numbers of the existing slot batches, ascending. */
  list(sharedLimit: string): Promise<number[]>;
  /** The content of a slot batch, or undefined if it does not exist. */
  read(sharedLimit: string, slotBatch: number): Promise<string | undefined>;
  /**
   * Creates a slot batch. Returns false and changes nothing if one with this number exists. Of
   * several simultaneous calls, exactly one succeeds.
   */
  create(sharedLimit: string, slotBatch: number, content: string): Promise<boolean>;
  /** Replaces the content of a slot batch. */
  replace(sharedLimit: string, slotBatch: number, content: string): Promise<void>;
  /** Removes slot batches. Does nothing if they do not exist. */
  remove(sharedLimit: string, slotBatches: readonly number[]): Promise<void>;
}

export interface Storage {
  /** Created with the storage and never changed. A batch is bound to it. */
  readonly id: string;
  readonly files: FileStore;
  readonly intents: IntentStore;
  readonly slots: SlotStore;
  /** Authenticates what decides about money. Rejects if the operator's key cannot be read. */
  integrity(): Promise<Integrity>;
}
