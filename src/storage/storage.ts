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

/** A shard in one pass: the notes of its rows lie together. */
export interface ShardRef {
  readonly batchId: string;
  readonly pass: number;
  readonly shard: number;
}

/** What a note says from its making on. */
export interface NoteHead {
  readonly row: number;
  /** The note's number for this row and pass, from 1. */
  readonly note: number;
  readonly merchantTxnRef: string;
  /** Host and process, for the person who investigates. */
  readonly maker: string;
  readonly madeAtMs: number;
  /** By then its maker has written the end, or never will. */
  readonly deadlineMs: number;
}

export type NoteEnd =
  | { readonly kind: 'not_processed'; readonly cause: string }
  | { readonly kind: 'ended'; readonly answer: RowAnswer };

/** A note as found. Without an end it is open: its maker is still sending, or was stopped. */
export interface Note {
  readonly head: NoteHead;
  readonly end?: NoteEnd;
}

/** A note that this process made; only it may write the end. */
export interface OwnNote {
  /** Writes the end durably into the room that was reserved. Throws where the storage fails; then the note stays open. */
  end(end: NoteEnd): Promise<void>;
}

export interface NoteStore {
  /** Gets the shard's place ready, so that the first row does not pay for it. */
  prepare(shard: ShardRef): Promise<void>;
  /** The row's note with the highest number, and undefined where it has none. */
  last(shard: ShardRef, row: number): Promise<Note | undefined>;
  /** Makes a note durably, with room for its end; undefined where a note of this number exists. Throws, and leaves none, where it cannot be made durable. */
  create(shard: ShardRef, head: NoteHead): Promise<OwnNote | undefined>;
  /** From now on no note of the shard may lead to a send. Durable; may be repeated. */
  seal(shard: ShardRef): Promise<void>;
  isSealed(shard: ShardRef): Promise<boolean>;
  /** All notes of the shard, by row and number. */
  list(shard: ShardRef): Promise<Note[]>;
  /** How many notes of the shard are left, without reading them. */
  count(shard: ShardRef): Promise<number>;
  remove(shard: ShardRef, notes: readonly Pick<NoteHead, 'row' | 'note'>[]): Promise<void>;
}

/**
 * The turns of a limit that several workers share: blocks of them, numbered from 1, each made by one worker. A block is
 * worth something for a second, so nothing here is durable, only whole: who reads one sees all of it.
 */
export interface TurnStore {
  /** The numbers of the blocks that are there, ascending. `book` is a folder of the storage. */
  list(book: string): Promise<number[]>;
  /** A block's content, or undefined where there is none of this number. */
  read(book: string, block: number): Promise<string | undefined>;
  /** Makes a block; false, and nothing changed, where one of this number is there. Of many who make one at once one succeeds. */
  create(book: string, block: number, content: string): Promise<boolean>;
  /** Replaces the content of a block. */
  replace(book: string, block: number, content: string): Promise<void>;
  /** Removes blocks; no error where they are gone. */
  remove(book: string, blocks: readonly number[]): Promise<void>;
}

export interface Storage {
  /** Made with the storage, and never changed: a batch is bound to it. */
  readonly id: string;
  readonly files: FileStore;
  readonly notes: NoteStore;
  readonly turns: TurnStore;
}
