/*
 * Every row pays for its intent, so the short calls (open, write, stat) are synchronous: about ten
 * microseconds on a local disk, against ten times that in CPU through the thread pool. Only the
 * sync, which waits for the disk, goes through the pool.
 */

import { closeSync, fdatasync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Integrity } from '../integrity.ts';
import { shardFolder } from '../layout.ts';
import {
  type FileStore,
  type Intent,
  type IntentHead,
  type IntentStore,
  type OwnIntent,
  type SealReason,
  type ShardRef,
  StorageForgotError,
} from '../storage.ts';
import { errorCodeOf, makeFolder } from './durable.ts';
import {
  decodeIntent,
  encodeNewIntent,
  encodeResult,
  type IntentSeal,
  placeOfIntent,
  resultOffset,
} from './intent-file.ts';
import { derivedHead, listIntentNames, withGapsFilled } from './intent-names.ts';
import { highestOf, openExclusive, statOf, writeWhole } from './short-calls.ts';

const makeDurable = promisify(fdatasync);

/**
 * Intents are read and removed in portions of this size, so that consolidating one shard does not
 * block the rows of another.
 */
const intentsAtATime = 50;

export interface LocalIntentsOptions {
  readonly root: string;
  readonly storageId: string;
  readonly files: Pick<FileStore, 'createExclusive'>;
  readonly integrity: () => Promise<Integrity>;
}

const sealName = 'sealed';

/** Intents as files: `<shard>/intents/<row>.<number>`, and `<shard>/sealed`. */
export function createLocalIntents({ root, storageId, files, integrity }: LocalIntentsOptions): IntentStore {
  const folderOf = (ref: ShardRef): string => join(root, ...shardFolder(ref).split('/'));
  const intentsOf = (ref: ShardRef): string => join(folderOf(ref), 'intents');
  const pathOf = (ref: ShardRef, row: number, intent: number): string =>
    join(intentsOf(ref), `${row}.${intent}`);
  const sealOf = (ref: ShardRef): string => join(folderOf(ref), sealName);
  const sealedAs = (authority: Integrity, ref: ShardRef, row: number, intent: number): IntentSeal => ({
    integrity: authority,
    place: placeOfIntent(ref, row, intent),
  });

  const readIntent = (
    authority: Integrity,
    ref: ShardRef,
    row: number,
    intent: number,
  ): Intent | undefined => {
    const path = pathOf(ref, row, intent);
    const found = statOf(path);
    if (found === undefined) return undefined;
    try {
      const { head, ...rest } = decodeIntent(readFileSync(path), sealedAs(authority, ref, row, intent));
      return { head: head ?? derivedHead(storageId, ref, row, intent, Math.floor(found.mtimeMs)), ...rest };
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  };

  const openNew = (ref: ShardRef, { row, intent }: IntentHead): number | undefined => {
    try {
      return openExclusive(pathOf(ref, row, intent));
    } catch (error) {
      if (errorCodeOf(error) !== 'ENOENT') throw error;
      throw new StorageForgotError(
        `The folder of shard ${ref.shard} in pass ${ref.pass} is missing. It was there when the shard was opened`,
      );
    }
  };

  return {
    prepare: (ref) => makeFolder(intentsOf(ref)),

    isPrepared: async (ref) => statOf(intentsOf(ref)) !== undefined,

    async last(ref, row) {
      const exists = (intent: number): boolean => statOf(pathOf(ref, row, intent)) !== undefined;
      const number = highestOf(exists);
      return number === 0 ? undefined : readIntent(await integrity(), ref, row, number);
    },

    async create(ref, head) {
      const seal = sealedAs(await integrity(), ref, head.row, head.intent);
      const path = pathOf(ref, head.row, head.intent);
      const file = openNew(ref, head);
      if (file === undefined) {
        const present = readIntent(seal.integrity, ref, head.row, head.intent);
        if (present?.head.nonce !== head.nonce) return undefined;
        const own = openSync(path, 'r+');
        await makeDurable(own);
        return ownIntent(own, seal);
      }
      try {
        // On ext4, xfs and btrfs, syncing a new file also makes its name durable; syncing the
        // folder too would double the cost.
        writeWhole(file, encodeNewIntent(head, seal), 0);
        await makeDurable(file);
      } catch (error) {
        closeSync(file);
        // The caller never got this intent, so nothing was sent under it. Left behind, it would
        // make its row unknown.
        unlinkSync(path);
        throw error;
      }
      return ownIntent(file, seal);
    },

    async seal(ref, reason) {
      await files.createExclusive(`${shardFolder(ref)}/${sealName}`, `${reason}\n`);
    },

    isSealed: async (ref) => statOf(sealOf(ref)) !== undefined,

    async sealOf(ref) {
      if (statOf(sealOf(ref)) === undefined) return undefined;
      const text = (await readFile(sealOf(ref), 'utf8')).trim();
      // The strict reason, unless the file certainly gives the other one.
      return text === ('cancelled' satisfies SealReason) ? text : 'complete';
    },

    async list(ref) {
      const authority = await integrity();
      const intents: Intent[] = [];
      for (const [index, { row, intent }] of listIntentNames(intentsOf(ref)).entries()) {
        const found = readIntent(authority, ref, row, intent);
        if (found !== undefined) intents.push(found);
        if (index % intentsAtATime === intentsAtATime - 1) await yieldToEventLoop();
      }
      return withGapsFilled(intents, (row, intent) => derivedHead(storageId, ref, row, intent, 0));
    },

    count: async (ref) => listIntentNames(intentsOf(ref)).length,

    async remove(ref, intents) {
      // A row's highest number first: an interruption leaves no gap below another intent.
      const ordered = [...intents].sort((a, b) => a.row - b.row || b.intent - a.intent);
      for (const [index, { row, intent }] of ordered.entries()) {
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

function ownIntent(file: number, seal: IntentSeal): OwnIntent {
  return {
    async writeResult(result) {
      writeWhole(file, encodeResult(result, seal), resultOffset);
      await makeDurable(file);
      // Only now: if the disk failed, the result is written again.
      closeSync(file);
    },
  };
}
