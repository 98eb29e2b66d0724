/*
 * Every row pays for its intent, so the short calls (open, write, look) are synchronous: they take some ten microseconds on a
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
import { setImmediate as nextImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { definedOf } from '../../domain/defined.ts';
import { shardFolder } from '../layout.ts';
import type { Intent, IntentHead, IntentStore, OwnIntent, ShardRef } from '../storage.ts';
import { errorCodeOf, fileMode, makeFolder, syncFolder } from './durable.ts';
import { decodeIntent, encodeNewIntent, encodeResult, resultOffset } from './intent-file.ts';

const makeDurable = promisify(fdatasync);

/** Intents are read and removed this many at a time, so that a shard's folding does not hold up the rows of another. */
const intentsAtATime = 50;

/** A head that cannot be read was cut off before it was durable, and tells no deadline; ten minutes is longer than any send may take. */
const longestSendMs = 600_000;

/** Intents as files: `<shard>/intents/<row>.<number>`, and `<shard>/sealed`. */
export function createLocalIntents(root: string): IntentStore {
  const folderOf = (ref: ShardRef): string => join(root, ...shardFolder(ref).split('/'));
  const intentsOf = (ref: ShardRef): string => join(folderOf(ref), 'intents');
  const pathOf = (ref: ShardRef, row: number, intent: number): string =>
    join(intentsOf(ref), `${row}.${intent}`);
  const sealOf = (ref: ShardRef): string => join(folderOf(ref), 'sealed');

  const readIntent = (path: string, row: number, intent: number): Intent | undefined => {
    const found = statOf(path);
    if (found === undefined) return undefined;
    try {
      const { head, result } = decodeIntent(readFileSync(path));
      return {
        head: head ?? headFromName(row, intent, found.mtimeMs),
        ...definedOf({ result }),
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
    await makeFolder(intentsOf(ref));
    return openExclusive(path);
  };

  return {
    prepare: (ref) => makeFolder(intentsOf(ref)),

    async last(ref, row) {
      let found: Intent | undefined;
      for (let intent = 1; ; intent += 1) {
        const next = readIntent(pathOf(ref, row, intent), row, intent);
        if (next === undefined) return found;
        found = next;
      }
    },

    async create(ref, head) {
      const file = await openNew(ref, pathOf(ref, head.row, head.intent));
      if (file === undefined) return undefined;
      try {
        // Syncing a new file makes its name durable as well on ext4, xfs and btrfs; a sync of the folder would double the cost.
        writeWhole(file, encodeNewIntent(head), 0);
        await makeDurable(file);
      } catch (error) {
        closeSync(file);
        // Nobody was told that the intent is there, so nothing was sent under it: left behind, it would make its row unknown.
        unlinkSync(pathOf(ref, head.row, head.intent));
        throw error;
      }
      return ownIntent(file);
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
      const intents: Intent[] = [];
      for (const [index, { row, intent }] of listNames(intentsOf(ref)).entries()) {
        const found = readIntent(pathOf(ref, row, intent), row, intent);
        if (found !== undefined) intents.push(found);
        if (index % intentsAtATime === intentsAtATime - 1) await nextImmediate();
      }
      return intents;
    },

    count: async (ref) => listNames(intentsOf(ref)).length,

    async remove(ref, intents) {
      for (const [index, { row, intent }] of intents.entries()) {
        try {
          unlinkSync(pathOf(ref, row, intent));
        } catch (error) {
          if (errorCodeOf(error) !== 'ENOENT') throw error;
        }
        if (index % intentsAtATime === intentsAtATime - 1) await nextImmediate();
      }
    },
  };
}

/** Undefined only where there is certainly no such file: a disk that fails must not look like an intent or a seal that is missing. */
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

function ownIntent(file: number): OwnIntent {
  return {
    async writeResult(end) {
      try {
        writeWhole(file, encodeResult(end), resultOffset);
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

function listNames(folder: string): { row: number; intent: number }[] {
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
      return match === null ? [] : [{ row: Number(match[1]), intent: Number(match[2]) }];
    })
    .sort((a, b) => a.row - b.row || a.intent - b.intent);
}

function headFromName(row: number, intent: number, createdAtMs: number): IntentHead {
  return { row, intent, merchantTxnRef: '', owner: '', createdAtMs, deadlineMs: createdAtMs + longestSendMs };
}
