/*
 * The card data that the storage holds for a batch: its staging, the staging of each pass that
 * added corrected rows, and raw gateway answers kept for a person to read. A purge is first decided
 * (decisions.ts), which proves that no plan needs the data. Destroying the data can then be
 * interrupted at any step; a purge that was decided and is not marked as done must be repeated:
 *
 * 1. Remove the staging summary, so that the remains never count as complete staging. A batch
 *    that continues is staged again.
 * 2. Replace or remove the data key of each staging, so that no copy of the staged files can be
 *    decrypted.
 * 3. Remove the files.
 * 4. Mark the decided purge as done.
 */

import { posix } from 'node:path';
import { z } from 'zod';
import { definedOf } from '../domain/defined.ts';
import { type BatchRecord, BatchRecordError, unwrapDataKey, wrapNewDataKey } from './batch-record.ts';
import { type PurgeDecision, readDecisions } from './decisions.ts';
import { decryptNotifyUrl, encryptNotifyUrl } from './encrypted-notify-url.ts';
import { DecryptionError } from './encryption.ts';
import type { OperatorKey } from './key-file.ts';
import {
  batchFolder,
  batchRecordKey,
  passFolder,
  passStagingFolder,
  passStagingKeyKey,
  purgeMarkKey,
  rawAnswersFolder,
  stagingFolder,
} from './layout.ts';
import type { PassPlan } from './pass-plan.ts';
import { countStagedFiles, removeStagingSummaries } from './staged-shards.ts';
import type { Storage } from './storage.ts';
import { parseJson } from './stored-json.ts';

const doneSchema = z.object({
  version: z.literal(1),
  /** The number of the purge that was carried out. */
  decision: z.int().positive(),
});

/** How far the batch's last purge got. */
export interface PurgeMark {
  /** `begun`: decided and not carried out to its end, so it must be repeated. */
  readonly state: 'begun' | 'done';
  /** The number of its decision. */
  readonly decision: number;
  readonly at: string;
  /** `user@host`. */
  readonly by: string;
}

/** Card data of a batch in the storage. */
export interface CardData {
  /** Number of complete encrypted files. */
  readonly files: number;
  /** Creation time of the oldest card data, ISO 8601; absent if there is none. */
  readonly since?: string;
  readonly mark?: PurgeMark;
}

interface PassStagingFolder {
  readonly folder: string;
  readonly key: string;
  /** The plan that names the folder. A redrive that committed no plan may have left one. */
  readonly plan?: PassPlan;
}

/** Finds the card data of a batch. */
export async function findCardData(storage: Storage, record: BatchRecord): Promise<CardData> {
  const { batchId } = record;
  // The folder's date counts even without complete files: a killed staging may have left a partial
  // file.
  const hasFirst = (await storage.files.list(batchFolder(batchId))).includes(
    posix.basename(stagingFolder(batchId)),
  );
  let files = await countStagedFiles(storage, batchId);
  const answers = await countFiles(storage, rawAnswersFolder(batchId));
  files += answers;
  const dates = hasFirst || answers > 0 ? [record.createdAt] : [];
  for (const { plan, folder } of await listPassStagings(storage, batchId)) {
    files += await countFiles(storage, folder);
    dates.push(plan?.createdAt ?? record.createdAt);
  }
  const since = dates.sort()[0];
  const mark = await readPurgeMark(storage, batchId);
  return { files, ...definedOf({ since, mark }) };
}

/**
 * Destroys a batch's card data, as decided. Can be repeated. The caller ensures that no process
 * works on the batch.
 */
export async function destroyCardData(
  storage: Storage,
  operatorKey: OperatorKey,
  record: BatchRecord,
  { number }: Pick<PurgeDecision, 'number'>,
): Promise<void> {
  const { batchId } = record;
  await removeStagingSummaries(storage, batchId);
  const stagings = await listPassStagings(storage, batchId);
  // A data key wrapped with another operator key cannot be unwrapped with this one; it needs no
  // replacement.
  if (record.dataKey.keyId === operatorKey.id) {
    await replaceJson(storage, batchRecordKey(batchId), withNewDataKey(operatorKey, record));
  }
  for (const { key } of stagings) await storage.files.remove(key);
  await storage.files.remove(stagingFolder(batchId));
  await storage.files.remove(rawAnswersFolder(batchId));
  for (const { folder } of stagings) await storage.files.remove(folder);
  await replaceJson(storage, purgeMarkKey(batchId), { version: 1, decision: number });
}

/**
 * The record with a new data key. The notice URL is encrypted again, because a redrive after a
 * purge also posts notices.
 */
function withNewDataKey(operatorKey: OperatorKey, record: BatchRecord): BatchRecord {
  const { notifyUrl: _, ...rest } = record;
  const renewed = { ...rest, dataKey: wrapNewDataKey(operatorKey, record.batchId) };
  const url = readNotifyUrl(operatorKey, record);
  if (url === undefined) return renewed;
  return {
    ...renewed,
    notifyUrl: encryptNotifyUrl(record.batchId, unwrapDataKey(operatorKey, renewed), url),
  };
}

/** Returns undefined if there is no URL or it cannot be decrypted; neither must stop the purge. */
function readNotifyUrl(operatorKey: OperatorKey, record: BatchRecord): string | undefined {
  if (record.notifyUrl === undefined) return undefined;
  try {
    return decryptNotifyUrl(record, unwrapDataKey(operatorKey, record));
  } catch (error) {
    if (error instanceof BatchRecordError || error instanceof DecryptionError) return undefined;
    throw error;
  }
}

/** How far the batch's last purge got; undefined if none was decided. Throws DecisionError. */
export async function readPurgeMark(storage: Storage, batchId: string): Promise<PurgeMark | undefined> {
  const last = (await readDecisions(storage, batchId)).purges.at(-1);
  if (last === undefined) return undefined;
  const content = await storage.files.read(purgeMarkKey(batchId));
  const done = doneSchema.safeParse(parseJson(content?.toString('utf8'))).data;
  const { number, at, who } = last;
  // An unreadable mark proves nothing, and repeating a purge is safe.
  return { state: (done?.decision ?? 0) >= number ? 'done' : 'begun', decision: number, at, by: who };
}

/** Staging folders named by plans, and those left by a redrive that did not commit its plan. */
async function listPassStagings(storage: Storage, batchId: string): Promise<PassStagingFolder[]> {
  const places: PassStagingFolder[] = [];
  const { plans } = await readDecisions(storage, batchId);
  for (const name of await storage.files.list(batchFolder(batchId))) {
    const pass = Number(/^pass-(\d+)$/.exec(name)?.[1] ?? 0);
    if (pass < 2) continue;
    const plan = plans[pass - 2];
    for (const inPass of await storage.files.list(passFolder(batchId, pass))) {
      const isPlanned = inPass === plan?.staging?.folder;
      if (!inPass.startsWith('staging-') && !isPlanned) continue;
      places.push({
        folder: passStagingFolder(batchId, pass, inPass),
        key: passStagingKeyKey(batchId, pass, inPass),
        ...definedOf({ plan: isPlanned ? plan : undefined }),
      });
    }
  }
  return places;
}

async function countFiles(storage: Storage, folder: string): Promise<number> {
  return (await storage.files.list(folder)).filter((name) => name.endsWith('.enc')).length;
}

function replaceJson(storage: Storage, key: string, value: object): Promise<void> {
  return storage.files.replace(key, `${JSON.stringify(value, null, 2)}\n`);
}
