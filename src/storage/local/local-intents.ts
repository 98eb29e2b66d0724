/*
 * Every row pays for its intent, so the short calls (open, write, stat) are synchronous: about ten
 * microseconds on a local disk, against ten times that in CPU through the thread pool. Only the
 * sync, which waits for the disk, goes through the pool.
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
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { promisify } from 'node:util';
import { definedOf } from '../../domain/defined.ts';
import { shardFolder } from '../layout.ts';
import type { Intent, IntentHead, IntentStore, OwnIntent, ShardRef } from '../storage.ts';
import { errorCodeOf, fileMode, makeFolder, syncFolder } from './durable.ts';
import { decodeIntent, encodeNewIntent, encodeResult, resultOffset } from './intent-file.ts';

const makeDurable = promisify(fdatasync);

/**
 * Intents are read and removed in portions of this size, so that consolidating one shard does not
 * block the rows of another.
 */
const intentsAtATime = 50;

/**
 * A head that cannot be parsed was cut off before it was durable and has no deadline. Ten minutes
 * is longer than any send takes.
 */
const maxSendMs = 600_000;

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
        // On ext4, xfs and btrfs, syncing a new file also makes its name durable; syncing the
        // folder too would double the cost.
        writeWhole(file, encodeNewIntent(head), 0);
        await makeDurable(file);
      } catch (error) {
        closeSync(file);
        // The caller never got this intent, so nothing was sent under it. Left behind, it would
        // make its row unknown.
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
        if (index % intentsAtATime === intentsAtATime - 1) await yieldToEventLoop();
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
        if (index % intentsAtATime === intentsAtATime - 1) await yieldToEventLoop();
      }
    },
  };
}

/**
 * Undefined only if the file certainly does not exist: a failing disk must not look like a missing
 * intent or seal.
 */
function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** The new file's descriptor, or undefined if the name is taken. */
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
    async writeResult(result) {
      try {
        writeWhole(file, encodeResult(result), resultOffset);
        await makeDurable(file);
      } finally {
        closeSync(file);
      }
    },
  };
}

/** On a nearly full disk, a write may take fewer bytes than given. */
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
  return { row, intent, merchantTxnRef: '', owner: '', createdAtMs, deadlineMs: createdAtMs + maxSendMs };
}
