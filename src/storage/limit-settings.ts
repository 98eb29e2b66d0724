/* The limits that change while batches run. Workers read them twice a second. */
import { z } from 'zod';
import { accountLimitKey, batchLimitsKey } from './layout.ts';
import type { FileStore } from './storage.ts';

const setBy = { who: z.string(), at: z.iso.datetime(), reason: z.string().exactOptional() };

const accountLimitSchema = z.object({
  version: z.literal(1),
  /** Requests per second of all batches together; null: no limit. */
  ratePerS: z.number().positive().nullable(),
  ...setBy,
});

/** The limit of a gateway account, and who set it. */
export type AccountLimit = z.infer<typeof accountLimitSchema>;

const batchLimitsSchema = z.object({
  /** Counts the changes: one that comes late does not overwrite a later one. */
  change: z.int().positive(),
  /** Absent: no limit of its own. */
  ratePerS: z.number().positive().exactOptional(),
  /** Absent: it follows from the rate. */
  concurrency: z.int().positive().exactOptional(),
  ...setBy,
});

/** The limits of a batch once they were changed; before that, those of its record are in force. */
export type BatchLimits = z.infer<typeof batchLimitsSchema>;

/** The stored limits cannot be read. */
export class LimitSettingsError extends Error {
  override readonly name = 'LimitSettingsError';
}

/**
 * The account's limit; undefined if none was ever set. Throws LimitSettingsError if it cannot be
 * read.
 */
export async function readAccountLimit(
  files: FileStore,
  targetFingerprint: string,
): Promise<AccountLimit | undefined> {
  return await readSettings(files, accountLimitKey(targetFingerprint), accountLimitSchema);
}

export async function writeAccountLimit(
  files: FileStore,
  targetFingerprint: string,
  limit: AccountLimit,
): Promise<void> {
  await files.replace(accountLimitKey(targetFingerprint), `${JSON.stringify(limit)}\n`);
}

/**
 * The batch's limits; undefined if they were never changed. Throws LimitSettingsError if they
 * cannot be read.
 */
export async function readBatchLimits(files: FileStore, batchId: string): Promise<BatchLimits | undefined> {
  return await readSettings(files, batchLimitsKey(batchId), batchLimitsSchema);
}

/** Writes the batch's limits, unless a later change exists. */
export async function writeBatchLimits(
  files: FileStore,
  batchId: string,
  limits: BatchLimits,
): Promise<void> {
  const present = await readBatchLimits(files, batchId);
  if (present !== undefined && present.change >= limits.change) return;
  await files.replace(batchLimitsKey(batchId), `${JSON.stringify(limits)}\n`);
}

async function readSettings<Settings>(
  files: FileStore,
  key: string,
  schema: z.ZodType<Settings>,
): Promise<Settings | undefined> {
  const content = await files.read(key);
  if (content === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(content.toString('utf8')));
  } catch {
    throw new LimitSettingsError(`The limits cannot be read: ${files.locate(key)}`);
  }
}
