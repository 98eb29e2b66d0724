/*
 * Every row pays for its note, so the short calls (open, write, look) are synchronous: they take some ten microseconds on a
 * local disk, and the same calls through the thread pool ten times that in CPU. Only making durable, which waits for the
 * disk, goes through the pool.
 */
import {
  closeSync,
  fdatasync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { shardFolder } from '../layout.ts';
import type { Note, NoteHead, NoteStore, OwnNote, ShardRef } from '../storage.ts';
import { errorCodeOf, fileMode, makeFolder, syncFolder } from './durable.ts';
import { decodeNote, encodeEnd, encodeNewNote, endOffset } from './note-file.ts';

const makeDurable = promisify(fdatasync);

/** Notes are read and removed this many at a time, so that a shard's folding does not hold up the rows of another. */
const notesAtATime = 50;

/** A head that cannot be read was cut off before it was durable, and tells no deadline; ten minutes is longer than any send may take. */
const longestSendMs = 600_000;

/** Notes as files: `<shard>/notes/<row>.<number>`, and `<shard>/sealed`. */
export function createLocalNotes(root: string): NoteStore {
  const folderOf = (ref: ShardRef): string => join(root, ...shardFolder(ref).split('/'));
  const notesOf = (ref: ShardRef): string => join(folderOf(ref), 'notes');
  const pathOf = (ref: ShardRef, row: number, note: number): string => join(notesOf(ref), `${row}.${note}`);
  const sealOf = (ref: ShardRef): string => join(folderOf(ref), 'sealed');

  const readNote = (path: string, row: number, note: number): Note | undefined => {
    const found = statOf(path);
    if (found === undefined) return undefined;
    try {
      const { head, end } = decodeNote(readFileSync(path));
      return {
        head: head ?? headFromName(row, note, found.mtimeMs),
        ...(end === undefined ? {} : { end }),
      };
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  };

  const openNew = async (ref: ShardRef, path: string): Promise<number | undefined> => {
    try {
      return openExclusive(path);
    } catch (error) {
      if (errorCodeOf(error) !== 'ENOENT') throw error;
    }
    await makeFolder(notesOf(ref));
    return openExclusive(path);
  };

  return {
    prepare: (ref) => makeFolder(notesOf(ref)),

    async last(ref, row) {
      let found: Note | undefined;
      for (let note = 1; ; note += 1) {
        const next = readNote(pathOf(ref, row, note), row, note);
        if (next === undefined) return found;
        found = next;
      }
    },

    async create(ref, head) {
      const file = await openNew(ref, pathOf(ref, head.row, head.note));
      if (file === undefined) return undefined;
      try {
        // Syncing a new file makes its name durable as well on ext4, xfs and btrfs; a sync of the folder would double the cost.
        writeWhole(file, encodeNewNote(head), 0);
        await makeDurable(file);
      } catch (error) {
        closeSync(file);
        // Nobody was told that the note is there, so nothing was sent under it: left behind, it would make its row unknown.
        unlinkSync(pathOf(ref, head.row, head.note));
        throw error;
      }
      return ownNote(file);
    },

    async seal(ref) {
      await makeFolder(folderOf(ref));
      const file = await open(sealOf(ref), 'a', fileMode);
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await syncFolder(folderOf(ref));
    },

    isSealed: async (ref) => statOf(sealOf(ref)) !== undefined,

    async list(ref) {
      const notes: Note[] = [];
      for (const [index, { row, note }] of listNames(notesOf(ref)).entries()) {
        const found = readNote(pathOf(ref, row, note), row, note);
        if (found !== undefined) notes.push(found);
        if (index % notesAtATime === notesAtATime - 1) await nextTurn();
      }
      return notes;
    },

    count: async (ref) => listNames(notesOf(ref)).length,

    async remove(ref, notes) {
      for (const [index, { row, note }] of notes.entries()) {
        try {
          unlinkSync(pathOf(ref, row, note));
        } catch (error) {
          if (errorCodeOf(error) !== 'ENOENT') throw error;
        }
        if (index % notesAtATime === notesAtATime - 1) await nextTurn();
      }
    },
  };
}

/** Undefined only where there is certainly no such file: a disk that fails must not look like a note or a seal that is missing. */
function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** The new file, or undefined where the name is taken. */
function openExclusive(path: string): number | undefined {
  try {
    return openSync(path, 'wx', fileMode);
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

function ownNote(file: number): OwnNote {
  return {
    async end(end) {
      try {
        writeWhole(file, encodeEnd(end), endOffset);
        await makeDurable(file);
      } finally {
        closeSync(file);
      }
    },
  };
}

/** A write may take fewer bytes than it was given, on a disk that fills up. */
function writeWhole(file: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.byteLength; ) {
    written += writeSync(file, bytes, written, bytes.byteLength - written, position + written);
  }
}

function listNames(folder: string): { row: number; note: number }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const match = /^(\d+)\.(\d+)$/.exec(name);
      return match === null ? [] : [{ row: Number(match[1]), note: Number(match[2]) }];
    })
    .sort((a, b) => a.row - b.row || a.note - b.note);
}

function headFromName(row: number, note: number, madeAtMs: number): NoteHead {
  return { row, note, merchantTxnRef: '', maker: '', madeAtMs, deadlineMs: madeAtMs + longestSendMs };
}
