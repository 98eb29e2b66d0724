/* The settings of the rate that change while batches run. Workers look at them twice a second. */
import { z } from 'zod';
import { accountLimitKey, batchLimitsKey } from './layout.ts';
import type { FileStore } from './storage.ts';

const setBy = { who: z.string(), at: z.iso.datetime(), reason: z.string().exactOptional() };

const accountLimitSchema = z.object({
  version: z.literal(1),
  /** Requests a second of all batches together; null: no limit. */
  ratePerS: z.number().positive().nullable(),
  ...setBy,
});

/** The limit of a gateway account, and who set it. */
export type AccountLimit = z.infer<typeof accountLimitSchema>;

const batchLimitsSchema = z.object({
  /** Counts the changes: a later one is not overwritten by one that comes late. */
  change: z.int().positive(),
  /** Absent: no limit of its own. */
  ratePerS: z.number().positive().exactOptional(),
  /** Absent: it follows from the rate. */
  concurrency: z.int().positive().exactOptional(),
  ...setBy,
});

/** The rate of a batch since it was changed; before that it has what its record says. */
export type BatchLimits = z.infer<typeof batchLimitsSchema>;

export class LimitsSettingsError extends Error {
  override readonly name = 'LimitsSettingsError';
}

/** The account's limit, or undefined where nobody ever set one. Throws PaceSettingsError where it cannot be read. */
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

/** The batch's rate, or undefined where it was never changed. Throws PaceSettingsError where it cannot be read. */
export async function readBatchLimits(files: FileStore, batchId: string): Promise<BatchLimits | undefined> {
  return await readSettings(files, batchLimitsKey(batchId), batchLimitsSchema);
}

/** Writes the batch's rate, unless a later change is there. */
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
    throw new LimitsSettingsError(`The settings of the rate cannot be read: ${files.locate(key)}`);
  }
}
