/*
 * The index by merchant and the input's SHA-256: the same content is never two batches by mistake. An entry is made
 * exclusively, so of two starts at once one wins.
 */
import { z } from 'zod';
import { batchIdOf } from '../contract/ids.ts';
import { batchesFolder, indexKey } from './layout.ts';
import type { Storage } from './storage.ts';
import { parseStored } from './stored-json.ts';

const entrySchema = z.object({ batchId: z.string() });

/** The batch that the merchant's content belongs to; this call's `batchId` where it had none. */
export async function claimContent(
  storage: Storage,
  merchantId: string,
  sha256: string,
  batchId: string,
): Promise<string> {
  const key = indexKey(merchantId, sha256);
  await storage.files.createExclusive(key, `${JSON.stringify({ batchId })}\n`);
  return (await readEntry(storage, key)) ?? batchId;
}

/** The batch of a content, or undefined. */
export function findContent(
  storage: Storage,
  merchantId: string,
  sha256: string,
): Promise<string | undefined> {
  return readEntry(storage, indexKey(merchantId, sha256));
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
