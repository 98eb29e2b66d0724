/*
 * Staging: the validated, encrypted copy of the rows, one file per shard. Apart from the merchant's
 * file, the only place that stores card numbers.
 */
import { z } from 'zod';
import { rowsOf } from '../domain/shard-plan.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { DecryptionError, decrypt, encrypt } from './encryption.ts';
import { stagedShardKey, stagingSummaryKey } from './layout.ts';
import type { Storage } from './storage.ts';
import { parseStored } from './stored-json.ts';

const stagingSummarySchema = z.object({
  rows: z.int(),
  sendableRows: z.int(),
  shards: z.int(),
  sha256: z.string(),
});

/** Written last: staging is complete if and only if the summary exists. */
export type StagingSummary = z.infer<typeof stagingSummarySchema>;

/** A staged shard is unusable. The message says why, and quotes no cell. */
export class StagedShardError extends Error {
  override readonly name = 'StagedShardError';
}

const contextOf = (batchId: string, shard: number): string => `${batchId} shard ${shard}`;

export async function writeStagedShard(
  storage: Storage,
  dataKey: Uint8Array,
  batchId: string,
  shard: number,
  rows: readonly StagedRow[],
): Promise<void> {
  const plain = Buffer.from(JSON.stringify(rows));
  await storage.files.replace(
    stagedShardKey(batchId, shard),
    encrypt(dataKey, plain, contextOf(batchId, shard)),
  );
  plain.fill(0);
}

/**
 * A shard's rows in order. Throws StagedShardError if the shard is missing, cannot be decrypted, or
 * is a different shard.
 */
export async function readStagedShard(
  storage: Storage,
  dataKey: Uint8Array,
  batchId: string,
  shard: number,
): Promise<StagedRow[]> {
  const sealed = await storage.files.read(stagedShardKey(batchId, shard));
  if (sealed === undefined) {
    throw new StagedShardError(`Staging of shard ${shard} is missing`);
  }
  const plain = decryptShard(dataKey, sealed, batchId, shard);
  // We wrote this, and the encryption authenticates it: its shape needs no second check.
  const rows = JSON.parse(plain.toString('utf8')) as StagedRow[];
  plain.fill(0);
  if (rows[0]?.row !== rowsOf(shard, Number.POSITIVE_INFINITY).first) {
    throw new StagedShardError(`Staging of shard ${shard} does not start with its first row`);
  }
  return rows;
}

function decryptShard(dataKey: Uint8Array, sealed: Uint8Array, batchId: string, shard: number): Buffer {
  try {
    return decrypt(dataKey, sealed, contextOf(batchId, shard));
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    throw new StagedShardError(`Staging of shard ${shard} was altered, or encrypted with another key`);
  }
}

export function writeStagingSummary(
  storage: Storage,
  batchId: string,
  summary: StagingSummary,
): Promise<void> {
  return storage.files.replace(stagingSummaryKey(batchId), `${JSON.stringify(summary)}\n`);
}

/** The summary, or undefined if staging is incomplete. Throws StoredFileError. */
export async function readStagingSummary(
  storage: Storage,
  batchId: string,
): Promise<StagingSummary | undefined> {
  const content = await storage.files.read(stagingSummaryKey(batchId));
  return content === undefined
    ? undefined
    : parseStored(
        stagingSummarySchema,
        content.toString('utf8'),
        storage.files.locate(stagingSummaryKey(batchId)),
      );
}
