/*
 * What a batch was started with. Written once, before the workflow starts, and never changed.
 * Workers read it here, so that workflow histories hold only the batch id.
 */
import { z } from 'zod';
import { canonicalColumns } from '../domain/columns.ts';
import { fileEncodings } from '../domain/file-encoding.ts';
import { createKey, DecryptionError, decrypt, encrypt } from './encryption.ts';
import type { OperatorKey } from './key-file.ts';
import { batchFolder, batchRecordKey } from './layout.ts';
import type { Storage } from './storage.ts';
import { parseJson } from './stored-json.ts';

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
  /** How to read the file. Staging applies exactly this. */
  mapping: z
    .object({
      columns: z.record(z.string(), canonicalColumn),
      constants: z.partialRecord(canonicalColumn, z.string()),
      ignored: z.array(z.string()).readonly(),
      ignoredPlaces: z
        .array(z.object({ name: z.string(), column: z.int() }))
        .readonly()
        .exactOptional(),
      passed: z.array(z.string()).readonly().exactOptional(),
      reference: z.object({ columns: z.array(z.string()).readonly(), separator: z.string() }).exactOptional(),
      expiryFormat: z.string().exactOptional(),
      decimal: z.string().exactOptional(),
      thousands: z.string().exactOptional(),
      currencySign: z.string().exactOptional(),
      upperCase: z.literal(true).exactOptional(),
      delimiter: z.string().exactOptional(),
      trim: z.literal(true).exactOptional(),
      empty: z.array(z.string()).readonly().exactOptional(),
    })
    .exactOptional(),
  /** The file's encoding; absent for UTF-8. */
  encoding: z.enum(fileEncodings).exactOptional(),
  /** The rows skipped because of earlier results. Staging applies exactly this. */
  earlierResults: z
    .object({
      /** SHA-256 of the skip decisions file in the batch's folder. */
      sha256: z.string(),
      skippedRows: z.int(),
      changedCards: z.int(),
      /** The results files given. `batchId` comes from the manifest beside each file. */
      files: z.array(z.object({ name: z.string(), sha256: z.string(), batchId: z.string().exactOptional() })),
    })
    .exactOptional(),
  isLive: z.boolean(),
  ratePerS: z.number().positive().exactOptional(),
  /** Absent: derived from the rate. */
  concurrency: z.int().positive().exactOptional(),
  /** URL for notices. Encrypted, because the URL itself may be a secret. */
  notifyUrl: z.base64().exactOptional(),
  window: z.object({ fromMinute: z.int(), toMinute: z.int(), timeZone: z.string() }).exactOptional(),
  canaryRows: z.int().positive().exactOptional(),
  tolerancePercent: z.number().min(0).max(100).exactOptional(),
  gatewayTimeoutMs: z.int().positive(),
  baseUrl: z.string(),
  /** Digest of the target that the batch's workers must be configured for. */
  targetFingerprint: z.string(),
  /** Letters that identify the batch in merchant_txn_ref. */
  tag: z.string(),
  dataKey: z.object({ keyId: z.string(), wrapped: z.base64() }),
});

export type BatchRecord = z.infer<typeof batchRecordSchema>;

export class BatchRecordError extends Error {
  override readonly name = 'BatchRecordError';
}

/** Writes the record of a new batch. Returns false if the batch exists. */
export function createBatchRecord(storage: Storage, record: BatchRecord): Promise<boolean> {
  return storage.files.createExclusive(
    batchRecordKey(record.batchId),
    `${JSON.stringify(record, null, 2)}\n`,
  );
}

/**
 * Reads a batch's record, or undefined if the storage does not know the batch. Throws
 * BatchRecordError if the record is damaged or has another version.
 */
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
        `The batch record has version ${version}, but this Cardlift reads version ${recordVersion}. Use the Cardlift that created it: ${storage.files.locate(batchFolder(batchId))}`,
      );
    }
    throw new BatchRecordError(`The batch record is damaged: ${storage.files.locate(batchFolder(batchId))}`);
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

/**
 * The batch's data key. Throws BatchRecordError if it was wrapped with a different operator key.
 */
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
      `The batch was created with key ${record.dataKey.keyId}, but this worker has key ${operatorKey.id}: set CARDLIFT_KEY_FILE to the right file`,
    );
  }
}
