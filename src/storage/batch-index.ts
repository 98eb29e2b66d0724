/*
 * The index by merchant and SHA-256 of the input, which prevents two batches for the same content.
 * An entry is created exclusively, so one of two simultaneous starts wins.
 *
 * Entries have generations. An entry becomes permanently void if its batch is cancelled before
 * anything is sent, or if another file's batch took its name at the same moment. The next
 * generation then counts; again exactly one start creates it.
 */
import { z } from 'zod';
import { batchIdOf } from '../contract/ids.ts';
import { readBatchRecord } from './batch-record.ts';
import { batchesFolder, indexKey } from './layout.ts';
import { isCancelledUnsent } from './send-decision.ts';
import type { Storage } from './storage.ts';
import { parseStored } from './stored-json.ts';

const entrySchema = z.object({ batchId: z.string() });

/** Returns the batch that owns the merchant's content; claims it for `batchId` if no batch does. */
export async function claimContent(
  storage: Storage,
  merchantId: string,
  sha256: string,
  batchId: string,
): Promise<string> {
  for (;;) {
    const { generation, batchId: owner } = await findEntry(storage, merchantId, sha256);
    if (owner !== undefined) return owner;
    const content = `${JSON.stringify({ batchId })}\n`;
    // Another start created it meanwhile; the next iteration finds it.
    if (await storage.files.createExclusive(indexKey(merchantId, sha256, generation), content))
      return batchId;
  }
}

/** Returns the batch that owns a content, or undefined. */
export async function findBatchOfContent(
  storage: Storage,
  merchantId: string,
  sha256: string,
): Promise<string | undefined> {
  return (await findEntry(storage, merchantId, sha256)).batchId;
}

/** Batches of a content that were cancelled before anything was sent, oldest first. */
export async function listCancelledBatches(
  storage: Storage,
  merchantId: string,
  sha256: string,
): Promise<string[]> {
  const cancelled: string[] = [];
  for (let generation = 1; ; generation += 1) {
    const batchId = await readEntry(storage, indexKey(merchantId, sha256, generation));
    if (batchId === undefined) return cancelled;
    if (await isCancelledUnsent(storage, batchId)) cancelled.push(batchId);
  }
}

/** The entry that counts. Without a batch: the first free generation. */
async function findEntry(
  storage: Storage,
  merchantId: string,
  sha256: string,
): Promise<{ readonly generation: number; readonly batchId?: string }> {
  for (let generation = 1; ; generation += 1) {
    const batchId = await readEntry(storage, indexKey(merchantId, sha256, generation));
    if (batchId === undefined) return { generation };
    if (!(await isVoid(storage, batchId, sha256))) return { generation, batchId };
  }
}

async function isVoid(storage: Storage, batchId: string, sha256: string): Promise<boolean> {
  if (await isCancelledUnsent(storage, batchId)) return true;
  const record = await readBatchRecord(storage, batchId);
  return record !== undefined && record.file.sha256 !== sha256;
}

/** All batches in the storage, by merchant and name. */
export async function listBatches(storage: Storage): Promise<string[]> {
  const batches: string[] = [];
  for (const merchantId of await storage.files.list(batchesFolder)) {
    batches.push(...(await listBatchesOf(storage, merchantId)));
  }
  return batches;
}

/** All batches of one merchant, by name. */
export async function listBatchesOf(storage: Storage, merchantId: string): Promise<string[]> {
  const names = await storage.files.list(`${batchesFolder}/${merchantId}`);
  return names.map((batchName) => batchIdOf(merchantId, batchName));
}

async function readEntry(storage: Storage, key: string): Promise<string | undefined> {
  const content = await storage.files.read(key);
  return content === undefined
    ? undefined
    : parseStored(entrySchema, content.toString('utf8'), storage.files.locate(key)).batchId;
}
