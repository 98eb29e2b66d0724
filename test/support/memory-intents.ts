/* Intents in memory: the same files as those of the local storage, on a disk in memory. */
import type { Integrity } from '../../src/storage/integrity.ts';
import { shardFolder } from '../../src/storage/layout.ts';
import {
  decodeIntent,
  encodeNewIntent,
  encodeResult,
  type IntentSeal,
  placeOfIntent,
  resultOffset,
} from '../../src/storage/local/intent-file.ts';
import { derivedHead, withGapsFilled } from '../../src/storage/local/intent-names.ts';
import { highestOf } from '../../src/storage/local/short-calls.ts';
import {
  type Intent,
  type IntentStore,
  type OwnIntent,
  type ShardRef,
  StorageForgotError,
} from '../../src/storage/storage.ts';
import type { MemoryDisk, MemoryFile } from './memory-disk.ts';

/** The folder of a shard's intents on the disk. */
export const intentsFolder = (ref: ShardRef): string => `${shardFolder(ref)}/intents`;
const sealKey = (ref: ShardRef): string => `${shardFolder(ref)}/sealed`;

/** The key of an intent's file on the disk. */
export function intentKey(ref: ShardRef, row: number, intent: number): string {
  return `${intentsFolder(ref)}/${row}.${intent}`;
}

/** The intents of a shard that have no result: their row, and when their file was created. */
export function openIntentsOf(
  disk: MemoryDisk,
  ref: ShardRef,
): { readonly row: number; readonly createdAtMs: number }[] {
  return disk.namesIn(intentsFolder(ref)).flatMap((name) => {
    const file = disk.file(`${intentsFolder(ref)}/${name}`);
    if (file === undefined || file.bytes.subarray(resultOffset).toString().trim() !== '') return [];
    return [{ row: Number(name.split('.')[0]), createdAtMs: file.createdAtMs }];
  });
}

export function createMemoryIntents(
  disk: MemoryDisk,
  storageId: string,
  integrity: () => Promise<Integrity>,
): IntentStore {
  const read = (authority: Integrity, ref: ShardRef, row: number, intent: number): Intent | undefined => {
    const file = disk.file(intentKey(ref, row, intent));
    if (file === undefined) return undefined;
    const place = placeOfIntent(ref, row, intent);
    const { head, ...rest } = decodeIntent(file.bytes, { integrity: authority, place });
    return { head: head ?? derivedHead(storageId, ref, row, intent, file.createdAtMs), ...rest };
  };
  const namesIn = (ref: ShardRef): { row: number; intent: number }[] =>
    disk
      .namesIn(intentsFolder(ref))
      .map((name) => name.split('.').map(Number))
      .map(([row = 0, intent = 0]) => ({ row, intent }))
      .sort((a, b) => a.row - b.row || a.intent - b.intent);

  return {
    prepare: async (ref) => disk.addFolder(intentsFolder(ref)),
    isPrepared: async (ref) => disk.hasFolder(intentsFolder(ref)),
    async last(ref, row) {
      const authority = await integrity();
      const number = highestOf((intent) => disk.file(intentKey(ref, row, intent)) !== undefined);
      return number === 0 ? undefined : read(authority, ref, row, number);
    },
    async create(ref, head) {
      const { row, intent } = head;
      const seal = { integrity: await integrity(), place: placeOfIntent(ref, row, intent) };
      if (!disk.hasFolder(intentsFolder(ref))) {
        throw new StorageForgotError(`The folder of shard ${ref.shard} in pass ${ref.pass} is missing`);
      }
      const present = disk.file(intentKey(ref, row, intent));
      if (present === undefined) {
        return ownIntent(disk.put(intentKey(ref, row, intent), encodeNewIntent(head, seal)), seal);
      }
      const found = read(seal.integrity, ref, row, intent);
      return found?.head.nonce === head.nonce ? ownIntent(present, seal) : undefined;
    },
    async seal(ref, reason) {
      if (disk.file(sealKey(ref)) === undefined) disk.put(sealKey(ref), Buffer.from(reason));
    },
    isSealed: async (ref) => disk.file(sealKey(ref)) !== undefined,
    async sealOf(ref) {
      const reason = disk.file(sealKey(ref))?.bytes.toString();
      if (reason === undefined) return undefined;
      return reason === 'cancelled' ? 'cancelled' : 'complete';
    },
    async list(ref) {
      const authority = await integrity();
      const intents = namesIn(ref).flatMap(({ row, intent }) => read(authority, ref, row, intent) ?? []);
      return withGapsFilled(intents, (row, intent) => derivedHead(storageId, ref, row, intent, 0));
    },
    count: async (ref) => namesIn(ref).length,
    async remove(ref, intents) {
      for (const { row, intent } of intents) disk.remove(intentKey(ref, row, intent));
    },
  };
}

/** Writes into the open file, as the local storage does: also if its name was removed meanwhile. */
function ownIntent(file: MemoryFile, seal: IntentSeal): OwnIntent {
  return {
    async writeResult(result) {
      file.bytes = Buffer.concat([file.bytes.subarray(0, resultOffset), encodeResult(result, seal)]);
    },
  };
}
