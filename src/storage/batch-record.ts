/*
 * What a batch was started with. It is written once, before the workflow begins, and never changed: the worker reads it
 * here, so that a history holds no more than the batch's id.
 */
import { z } from 'zod';
import { canonicalColumns } from '../domain/columns.ts';
import { fileEncodings } from '../domain/file-encoding.ts';
import { createKey, DecryptionError, decrypt, encrypt } from './encryption.ts';
import type { OperatorKey } from './key-file.ts';
import { batchFolder, batchRecordKey } from './layout.ts';
import type { Storage } from './storage.ts';

const canonicalColumn = z.enum(canonicalColumns);

const recordVersion = 1;
const versionSchema = z.object({ version: z.int() });

const batchRecordSchema = z.object({
  version: z.literal(recordVersion),
  batchId: z.string(),
  merchantId: z.string(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  file: z.object({ path: z.string(), name: z.string(), bytes: z.int(), sha256: z.string(), rows: z.int() }),
  amount: z.string().exactOptional(),
  currency: z.string().exactOptional(),
  /** How the file is read; staging applies exactly this. */
  mapping: z
    .object({
      columns: z.record(z.string(), canonicalColumn),
      constants: z.partialRecord(canonicalColumn, z.string()),
      ignored: z.array(z.string()).readonly(),
    })
    .exactOptional(),
  /** What the file is converted from; absent for UTF-8. */
  encoding: z.enum(fileEncodings).exactOptional(),
  /** The rows that are taken over from earlier results; staging applies exactly this. */
  earlierResults: z
    .object({
      /** Of the file that has them, in the batch's folder. */
      sha256: z.string(),
      skippedRows: z.int(),
      changedCards: z.int(),
      /** The results that were given. `batchId` by the manifest beside them. */
      files: z.array(z.object({ name: z.string(), sha256: z.string(), batchId: z.string().exactOptional() })),
    })
    .exactOptional(),
  isLive: z.boolean(),
  ratePerS: z.number().positive().exactOptional(),
  /** Absent: it follows from the rate. */
  concurrency: z.int().positive().exactOptional(),
  /** Where notices are posted, encrypted: it may be a secret by itself. */
  notifyUrl: z.base64().exactOptional(),
  window: z.object({ fromMinute: z.int(), toMinute: z.int(), timeZone: z.string() }).exactOptional(),
  canaryRows: z.int().positive().exactOptional(),
  tolerancePercent: z.number().min(0).max(100).exactOptional(),
  gatewayTimeoutMs: z.int().positive(),
  baseUrl: z.string(),
  /** The digest of what its workers must be set up for. */
  targetFingerprint: z.string(),
  /** Letters that stand for the batch in merchant_txn_ref. */
  tag: z.string(),
  dataKey: z.object({ keyId: z.string(), wrapped: z.base64() }),
});

export type BatchRecord = z.infer<typeof batchRecordSchema>;

export class BatchRecordError extends Error {
  override readonly name = 'BatchRecordError';
}

/** Writes a new batch's record; false where the batch exists. */
export function createBatchRecord(storage: Storage, record: BatchRecord): Promise<boolean> {
  return storage.files.createExclusive(
    batchRecordKey(record.batchId),
    `${JSON.stringify(record, null, 2)}\n`,
  );
}

/** Reads a batch's record, or undefined where the storage does not know it. Throws BatchRecordError where it is damaged, or another version's. */
export async function readBatchRecord(storage: Storage, batchId: string): Promise<BatchRecord | undefined> {
  const content = await storage.files.read(batchRecordKey(batchId));
  if (content === undefined) {
    return undefined;
  }
  const json = parseJson(content.toString('utf8'));
  const parsed = batchRecordSchema.safeParse(json);
  if (!parsed.success) {
    const { version } = versionSchema.safeParse(json).data ?? {};
    if (version !== undefined && version !== recordVersion) {
      throw new BatchRecordError(
        `The record of the batch has version ${version}, and this Cardlift reads version ${recordVersion}: work on it with the Cardlift that made it: ${storage.files.locate(batchFolder(batchId))}`,
      );
    }
    throw new BatchRecordError(
      `The record of the batch is damaged: ${storage.files.locate(batchFolder(batchId))}`,
    );
  }
  return parsed.data;
}

/** A new data key, wrapped for the record. */
export function wrapNewDataKey(operatorKey: OperatorKey, batchId: string): BatchRecord['dataKey'] {
  return {
    keyId: operatorKey.id,
    wrapped: encrypt(operatorKey.key, createKey(), `data key of ${batchId}`).toString('base64'),
  };
}

/** The batch's data key. Throws BatchRecordError where the operator's key is not the one it was wrapped with. */
export function unwrapDataKey(
  operatorKey: OperatorKey,
  record: Pick<BatchRecord, 'batchId' | 'dataKey'>,
): Buffer {
  try {
    return decrypt(
      operatorKey.key,
      Buffer.from(record.dataKey.wrapped, 'base64'),
      `data key of ${record.batchId}`,
    );
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    throw new BatchRecordError(
      `The batch was made with the key ${record.dataKey.keyId}, and this worker has the key ${operatorKey.id}: set CARDLIFT_KEY_FILE to the right file`,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
