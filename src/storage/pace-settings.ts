/* The settings of the pace that change while batches run. Workers look at them twice a second. */
import { z } from 'zod';
import { accountLimitKey, batchPaceKey } from './layout.ts';
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

const batchPaceSchema = z.object({
  /** Counts the changes: a later one is not overwritten by one that comes late. */
  change: z.int().positive(),
  /** Absent: no limit of its own. */
  ratePerS: z.number().positive().exactOptional(),
  /** Absent: it follows from the rate. */
  concurrency: z.int().positive().exactOptional(),
  ...setBy,
});

/** The pace of a batch since it was changed; before that it has what its record says. */
export type BatchPace = z.infer<typeof batchPaceSchema>;

export class PaceSettingsError extends Error {
  override readonly name = 'PaceSettingsError';
}

/** The account's limit, or undefined where nobody ever set one. Throws PaceSettingsError where it cannot be read. */
export async function readAccountLimit(files: FileStore, binding: string): Promise<AccountLimit | undefined> {
  return await readSettings(files, accountLimitKey(binding), accountLimitSchema);
}

export async function writeAccountLimit(
  files: FileStore,
  binding: string,
  limit: AccountLimit,
): Promise<void> {
  await files.replace(accountLimitKey(binding), `${JSON.stringify(limit)}\n`);
}

/** The batch's pace, or undefined where it was never changed. Throws PaceSettingsError where it cannot be read. */
export async function readBatchPace(files: FileStore, batchId: string): Promise<BatchPace | undefined> {
  return await readSettings(files, batchPaceKey(batchId), batchPaceSchema);
}

/** Writes the batch's pace, unless a later change is there. */
export async function writeBatchPace(files: FileStore, batchId: string, pace: BatchPace): Promise<void> {
  const present = await readBatchPace(files, batchId);
  if (present !== undefined && present.change >= pace.change) return;
  await files.replace(batchPaceKey(batchId), `${JSON.stringify(pace)}\n`);
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
    throw new PaceSettingsError(`The settings of the pace cannot be read: ${files.locate(key)}`);
  }
}
