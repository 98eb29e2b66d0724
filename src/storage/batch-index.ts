/*
 * The index by merchant and the input's SHA-256: the same content is never two batches by mistake. An entry is made
 * exclusively, so of two starts at once one wins.
 *
 * Entries have generations. An entry is void, for ever, once its batch was cancelled before anything of it was sent, or if
 * its name was taken by another file's batch at the same moment. Then the next generation counts, which again one start makes.
 */
import { z } from 'zod';
import { batchIdOf } from '../contract/ids.ts';
import { readBatchRecord } from './batch-record.ts';
import { batchesFolder, indexKey } from './layout.ts';
import { isCancelledUnsent } from './send-decision.ts';
import type { Storage } from './storage.ts';
import { parseStored } from './stored-json.ts';

const entrySchema = z.object({ batchId: z.string() });

/** The batch that the merchant's content belongs to; this call's `batchId` if it had none. */
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
    // Made by another start meanwhile: the next look finds that one.
    if (await storage.files.createExclusive(indexKey(merchantId, sha256, generation), content))
      return batchId;
  }
}

/** The batch of a content, or undefined. */
export async function findContent(
  storage: Storage,
  merchantId: string,
  sha256: string,
): Promise<string | undefined> {
  return (await findEntry(storage, merchantId, sha256)).batchId;
}

/** The batches of a content that were cancelled before anything of them was sent, oldest first. */
export async function listCancelledOf(
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

/** The entry that counts; without a batch, the generation that is free. */
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

/** Every batch of the storage, by merchant and name. */
export async function listBatches(storage: Storage): Promise<string[]> {
  const batches: string[] = [];
  for (const merchantId of await storage.files.list(batchesFolder)) {
    batches.push(...(await listBatchesOf(storage, merchantId)));
  }
  return batches;
}

/** The batches of one merchant, by name. */
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
