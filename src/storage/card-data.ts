/*
 * The card data that the storage holds for a batch: its staging, the staging of each pass that
 * added corrected rows, and raw gateway answers kept for a person to read. Destroying it can be
 * interrupted at any step and repeated:
 *
 * 1. Write a mark: the purge has begun.
 * 2. Remove the staging summary, so that the remains never count as complete staging. A batch
 *    that continues is staged again.
 * 3. Replace the data key of each staging, so that no copy of the staged files can be decrypted.
 * 4. Remove the files.
 * 5. Write the mark: the purge is done.
 */

import { posix } from 'node:path';
import { z } from 'zod';
import { definedOf } from '../domain/defined.ts';
import { type BatchRecord, BatchRecordError, unwrapDataKey, wrapNewDataKey } from './batch-record.ts';
import { decryptNotifyUrl, encryptNotifyUrl } from './encrypted-notify-url.ts';
import { DecryptionError } from './encryption.ts';
import type { OperatorKey } from './key-file.ts';
import {
  batchFolder,
  batchRecordKey,
  passFolder,
  passPlanKey,
  passStagingFolder,
  purgeMarkKey,
  rawAnswersFolder,
  stagingFolder,
} from './layout.ts';
import { type PassPlan, readPassPlan } from './pass-plan.ts';
import { countStagedFiles, removeStagingSummaries } from './staged-shards.ts';
import type { Storage } from './storage.ts';
import { parseJson } from './stored-json.ts';

const purgeMarkSchema = z.object({
  version: z.literal(1),
  /** `begun`: interrupted, must be repeated. */
  state: z.enum(['begun', 'done']),
  at: z.iso.datetime(),
  /** `user@host`. */
  by: z.string(),
});

/** The record that a purge leaves. */
export type PurgeMark = z.infer<typeof purgeMarkSchema>;

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
  /** The plan of the pass that the folder belongs to. */
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
 * Destroys a batch's card data. Can be repeated. The caller ensures that no process works on the
 * batch.
 */
export async function destroyCardData(
  storage: Storage,
  operatorKey: OperatorKey,
  record: BatchRecord,
  by: { readonly at: string; readonly by: string },
): Promise<void> {
  const { batchId } = record;
  await writeMark(storage, batchId, { version: 1, state: 'begun', ...by });
  await removeStagingSummaries(storage, batchId);
  const stagings = await listPassStagings(storage, batchId);
  // A data key wrapped with another operator key cannot be unwrapped with this one; it needs no
  // replacement.
  if (record.dataKey.keyId === operatorKey.id) {
    await replaceJson(storage, batchRecordKey(batchId), withNewDataKey(operatorKey, record));
  }
  for (const { plan } of stagings) {
    if (plan?.staging?.dataKey.keyId !== operatorKey.id) continue;
    const { staging } = plan;
    const dataKey = wrapNewDataKey(operatorKey, batchId);
    await storage.files.replace(
      passPlanKey(batchId, plan.pass),
      `${JSON.stringify({ ...plan, staging: { ...staging, dataKey } })}\n`,
    );
  }
  await storage.files.remove(stagingFolder(batchId));
  await storage.files.remove(rawAnswersFolder(batchId));
  for (const { folder } of stagings) await storage.files.remove(folder);
  await writeMark(storage, batchId, { version: 1, state: 'done', ...by });
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

/** The mark of a purge, or undefined if none has begun. */
export async function readPurgeMark(storage: Storage, batchId: string): Promise<PurgeMark | undefined> {
  const content = await storage.files.read(purgeMarkKey(batchId));
  if (content === undefined) return undefined;
  const parsed = purgeMarkSchema.safeParse(parseJson(content.toString('utf8')));
  // An unreadable mark at least proves that a purge has begun; repeating it is safe.
  return parsed.success ? parsed.data : { version: 1, state: 'begun', at: new Date(0).toISOString(), by: '' };
}

/**
 * Staging folders named by plans, and those left by a redrive that was interrupted before it wrote
 * its plan.
 */
async function listPassStagings(storage: Storage, batchId: string): Promise<PassStagingFolder[]> {
  const places: PassStagingFolder[] = [];
  for (const name of await storage.files.list(batchFolder(batchId))) {
    const pass = Number(/^pass-(\d+)$/.exec(name)?.[1] ?? 0);
    if (pass < 2) continue;
    const plan = await readPassPlan(storage, batchId, pass);
    for (const inPass of await storage.files.list(passFolder(batchId, pass))) {
      if (!inPass.startsWith('staging-') && inPass !== plan?.staging?.folder) continue;
      places.push({
        folder: passStagingFolder(batchId, pass, inPass),
        ...definedOf({ plan }),
      });
    }
  }
  return places;
}

async function countFiles(storage: Storage, folder: string): Promise<number> {
  return (await storage.files.list(folder)).filter((name) => name.endsWith('.enc')).length;
}

function writeMark(storage: Storage, batchId: string, mark: PurgeMark): Promise<void> {
  return replaceJson(storage, purgeMarkKey(batchId), mark);
}

function replaceJson(storage: Storage, key: string, value: object): Promise<void> {
  return storage.files.replace(key, `${JSON.stringify(value, null, 2)}\n`);
}
