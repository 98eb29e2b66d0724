/*
 * The card data that a batch keeps: its staging, the staging of each pass with corrected rows, and the answers of the gateway
 * that a person may have to read. Destroying it is done in an
 * order in which it may be cut off anywhere and done again:
 *
 *   1. A mark says that it has begun.
 *   2. The summary of the staging goes, so that nobody takes what is left for a whole one: a batch that goes on is staged anew.
 *   3. Each staging's data key is replaced by a new one, so that no copy of the staged files can be read any more.
 *   4. The files go.
 *   5. The mark says that it is done.
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
  stagingSummaryKey,
} from './layout.ts';
import { type PassPlan, readPassPlan } from './pass-plan.ts';
import type { Storage } from './storage.ts';

const purgeMarkSchema = z.object({
  version: z.literal(1),
  /** `begun`: cut off before its end; to be done again. */
  state: z.enum(['begun', 'done']),
  at: z.iso.datetime(),
  /** `user@host`. */
  by: z.string(),
});

/** What a purge leaves of itself. */
export type PurgeMark = z.infer<typeof purgeMarkSchema>;

/** What card data a batch has in the storage. */
export interface CardData {
  /** Encrypted files, whole ones. */
  readonly files: number;
  /** When the oldest of it came to be: ISO 8601; absent where there is none. */
  readonly since?: string;
  readonly mark?: PurgeMark;
}

interface PassStagingFolder {
  readonly folder: string;
  /** Of the pass it lies in. */
  readonly plan?: PassPlan;
}

/** Looks what card data a batch has. */
export async function findCardData(storage: Storage, record: BatchRecord): Promise<CardData> {
  const { batchId } = record;
  // A folder without whole files counts for its date: a staging that was killed may have left half a file in it.
  const hasFirst = (await storage.files.list(batchFolder(batchId))).includes(
    posix.basename(stagingFolder(batchId)),
  );
  let files = await countFiles(storage, stagingFolder(batchId));
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

/** Destroys a batch's card data; may be done again. The caller has made sure that nobody works on the batch. */
export async function destroyCardData(
  storage: Storage,
  operatorKey: OperatorKey,
  record: BatchRecord,
  by: { readonly at: string; readonly by: string },
): Promise<void> {
  const { batchId } = record;
  await writeMark(storage, batchId, { version: 1, state: 'begun', ...by });
  await storage.files.remove(stagingSummaryKey(batchId));
  const stagings = await listPassStagings(storage, batchId);
  // Wrapped with another operator's key than this one, a data key is beyond anybody who has only this one.
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

/** The record under a new data key. The notices' URL is sealed anew: a redrive after a purge posts notices, too. */
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

/** Undefined where there is none, or where it cannot be read any more: that may not keep the card data from being destroyed. */
function readNotifyUrl(operatorKey: OperatorKey, record: BatchRecord): string | undefined {
  if (record.notifyUrl === undefined) return undefined;
  try {
    return decryptNotifyUrl(record, unwrapDataKey(operatorKey, record));
  } catch (error) {
    if (error instanceof BatchRecordError || error instanceof DecryptionError) return undefined;
    throw error;
  }
}

/** The mark of a purge, or undefined where none has begun. */
export async function readPurgeMark(storage: Storage, batchId: string): Promise<PurgeMark | undefined> {
  const content = await storage.files.read(purgeMarkKey(batchId));
  if (content === undefined) return undefined;
  const parsed = purgeMarkSchema.safeParse(parseJson(content.toString('utf8')));
  // A mark that cannot be read tells at least that a purge has begun, and doing it again does no harm.
  return parsed.success ? parsed.data : { version: 1, state: 'begun', at: new Date(0).toISOString(), by: '' };
}

/** Those that the plans name, and what lies beside them: of a redrive that was cut off before its plan was made. */
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
