import { access, type FileHandle, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { shardFolder } from '../layout.ts';
import type { Note, NoteHead, NoteStore, OwnNote, ShardRef } from '../storage.ts';
import { errorCodeOf, fileMode, makeFolder, syncFolder } from './durable.ts';
import { decodeNote, encodeEnd, encodeNewNote, endOffset } from './note-file.ts';

/** A head that cannot be read was cut off before it was durable, and tells no deadline; ten minutes is longer than any send may take. */
const longestSendMs = 600_000;

/** Notes as files: `<shard>/notes/<row>.<number>`, and `<shard>/sealed`. */
export function createLocalNotes(root: string): NoteStore {
  const folderOf = (ref: ShardRef): string => join(root, ...shardFolder(ref).split('/'));
  const notesOf = (ref: ShardRef): string => join(folderOf(ref), 'notes');
  const pathOf = (ref: ShardRef, row: number, note: number): string => join(notesOf(ref), `${row}.${note}`);
  const sealOf = (ref: ShardRef): string => join(folderOf(ref), 'sealed');

  const readNote = async (path: string, row: number, note: number): Promise<Note | undefined> => {
    try {
      const { head, end } = decodeNote(await readFile(path));
      return {
        head: head ?? headFromName(row, note, (await stat(path)).mtimeMs),
        ...(end === undefined ? {} : { end }),
      };
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  };

  const openNew = async (ref: ShardRef, path: string): Promise<FileHandle | undefined> => {
    try {
      return await open(path, 'wx', fileMode);
    } catch (error) {
      if (errorCodeOf(error) === 'EEXIST') return undefined;
      if (errorCodeOf(error) !== 'ENOENT') throw error;
    }
    await makeFolder(notesOf(ref));
    return await open(path, 'wx', fileMode);
  };

  return {
    prepare: (ref) => makeFolder(notesOf(ref)),

    async last(ref, row) {
      let found: Note | undefined;
      for (let note = 1; ; note += 1) {
        const next = await readNote(pathOf(ref, row, note), row, note);
        if (next === undefined) return found;
        found = next;
      }
    },

    async create(ref, head) {
      const file = await openNew(ref, pathOf(ref, head.row, head.note));
      if (file === undefined) return undefined;
      try {
        // Syncing a new file makes its name durable as well on ext4, xfs and btrfs; a sync of the folder would double the cost.
        await file.write(encodeNewNote(head), 0, undefined, 0);
        await file.datasync();
      } catch (error) {
        await file.close();
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

    isSealed: (ref) =>
      access(sealOf(ref)).then(
        () => true,
        (error) => {
          if (errorCodeOf(error) === 'ENOENT') return false;
          throw error;
        },
      ),

    async list(ref) {
      const notes: Note[] = [];
      for (const { row, note } of await listNames(notesOf(ref))) {
        const found = await readNote(pathOf(ref, row, note), row, note);
        if (found !== undefined) notes.push(found);
      }
      return notes;
    },

    count: async (ref) => (await listNames(notesOf(ref))).length,

    async remove(ref, notes) {
      for (const { row, note } of notes) {
        await unlink(pathOf(ref, row, note)).catch((error) => {
          if (errorCodeOf(error) !== 'ENOENT') throw error;
        });
      }
    },
  };
}

function ownNote(file: FileHandle): OwnNote {
  return {
    async end(end) {
      try {
        await file.write(encodeEnd(end), 0, undefined, endOffset);
        await file.datasync();
      } finally {
        await file.close();
      }
    },
  };
}

async function listNames(folder: string): Promise<{ row: number; note: number }[]> {
  let names: string[];
  try {
    names = await readdir(folder);
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
