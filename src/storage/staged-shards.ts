/*
 * Staging: the validated, encrypted copy of the rows, one file per shard. Apart from the merchant's
 * file, the only place that stores card numbers. staging-attempt.ts writes it.
 *
 * Each attempt to stage a batch writes to a folder of its own. The first attempt that finishes
 * creates the summary, which names its folder and the digest of its list of shard digests. Nothing
 * else is ever read, so an attempt that wakes up late changes nothing. A summary counts for one
 * data key only: after a purge has replaced the key, an older attempt cannot become the staging.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { rowsOf, shardCountOf } from '../domain/shard-plan.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import type { BatchRecord } from './batch-record.ts';
import { DecryptionError, decrypt } from './encryption.ts';
import { stagedDigestsKey, stagedShardKey, stagingFolder, stagingSummaryKey } from './layout.ts';
import type { Storage } from './storage.ts';
import { parseStored } from './stored-json.ts';

const stagingSummarySchema = z.object({
  /** The folder of the attempt. */
  attempt: z.string().regex(/^[a-p]{16}-[a-p]{16}$/),
  rows: z.int(),
  sendableRows: z.int(),
  shards: z.int(),
  /** SHA-256 of the merchant's file. */
  sha256: z.string(),
  /** SHA-256 of the list of the shards' digests. */
  digests: z.string(),
});

/** Written last: staging is complete if and only if the summary exists. */
export type StagingSummary = z.infer<typeof stagingSummarySchema>;

/** What staging needs of the batch's record. */
export type StagedBatch = Pick<BatchRecord, 'batchId' | 'dataKey' | 'file'>;

/** A complete staging, opened for reading its shards. */
export interface Staging {
  readonly batchId: string;
  readonly summary: StagingSummary;
  /** For messages: the file whose removal makes the batch stage again. */
  readonly summaryPath: string;
  /** The SHA-256 of each shard's file, in order. */
  readonly digests: Buffer;
}

/** Staging is unusable. The message says where, why and what to do, and quotes no cell. */
export class StagedShardError extends Error {
  override readonly name = 'StagedShardError';
}

const digestBytes = 32;

export const contextOf = (batchId: string, shard: number): string => `${batchId} shard ${shard}`;

/** Letters for a data key, so that each key has its own summary. */
export function dataKeyTagOf({ dataKey }: Pick<BatchRecord, 'dataKey'>): string {
  return lettersOf(createHash('sha256').update(dataKey.wrapped).digest());
}

/** 16 letters. Names go into messages, so nothing in them may look like a card number. */
export function lettersOf(bytes: Uint8Array): string {
  const first = 'a'.charCodeAt(0);
  return Array.from(bytes.subarray(0, 8), (byte) =>
    String.fromCharCode(first + (byte >> 4), first + (byte & 15)),
  ).join('');
}

/** The summary, or undefined if staging is incomplete. Throws StoredFileError, StagedShardError. */
export async function readStagingSummary(
  storage: Storage,
  batch: StagedBatch,
): Promise<StagingSummary | undefined> {
  const key = stagingSummaryKey(batch.batchId, dataKeyTagOf(batch));
  const content = await storage.files.read(key);
  if (content === undefined) return undefined;
  const summary = parseStored(stagingSummarySchema, content.toString('utf8'), storage.files.locate(key));
  const { sha256, rows } = batch.file;
  if (summary.sha256 !== sha256 || summary.rows !== rows || summary.shards !== shardCountOf(rows)) {
    throw unusable(`${storage.files.locate(key)} is of another file than the batch`, batch, storage);
  }
  return summary;
}

/** The staging, or undefined if it is incomplete. Throws StoredFileError, StagedShardError. */
export async function openStaging(storage: Storage, batch: StagedBatch): Promise<Staging | undefined> {
  const summary = await readStagingSummary(storage, batch);
  if (summary === undefined) return undefined;
  const key = stagedDigestsKey(batch.batchId, summary.attempt);
  const digests = await storage.files.read(key);
  if (digests === undefined || sha256Of(digests).toString('hex') !== summary.digests) {
    const fault = digests === undefined ? 'is missing' : 'was changed';
    throw unusable(`${storage.files.locate(key)} ${fault}`, batch, storage);
  }
  return { batchId: batch.batchId, summary, digests, summaryPath: summaryPathOf(storage, batch) };
}

/**
 * A shard's rows in order. Throws StagedShardError unless the file is exactly what staging wrote.
 */
export async function readStagedShard(
  storage: Storage,
  dataKey: Uint8Array,
  { batchId, summary, digests, summaryPath }: Staging,
  shard: number,
): Promise<StagedRow[]> {
  const key = stagedShardKey(batchId, summary.attempt, shard);
  const refuse = (fault: string): StagedShardError =>
    new StagedShardError(
      `Staging of shard ${shard} ${fault}: ${storage.files.locate(key)}. ${remedyOf(summaryPath)}`,
    );
  const sealed = await storage.files.read(key);
  if (sealed === undefined) throw refuse('is missing');
  const digest = digests.subarray((shard - 1) * digestBytes, shard * digestBytes);
  if (!sha256Of(sealed).equals(digest)) throw refuse('was replaced or changed');
  const plain = decryptShard(dataKey, sealed, contextOf(batchId, shard));
  if (plain === undefined) throw refuse('cannot be decrypted with the key of the batch');
  // We wrote this, and the encryption authenticates it: its shape needs no second check.
  const rows = JSON.parse(plain.toString('utf8')) as StagedRow[];
  plain.fill(0);
  if (rows[0]?.row !== rowsOf(shard, Number.POSITIVE_INFINITY).first) {
    throw refuse('does not start with its first row');
  }
  return rows;
}

/** True if the batch was staged completely, with any data key. */
export async function hasStagingSummary(storage: Storage, batchId: string): Promise<boolean> {
  return (await listSummaries(storage, batchId)).length > 0;
}

/** Makes the staging incomplete, so that a batch that continues is staged again. */
export async function removeStagingSummaries(storage: Storage, batchId: string): Promise<void> {
  for (const name of await listSummaries(storage, batchId)) {
    await storage.files.remove(`${stagingFolder(batchId)}/${name}`);
  }
}

/** The number of encrypted files of all attempts. */
export async function countStagedFiles(storage: Storage, batchId: string): Promise<number> {
  const folder = stagingFolder(batchId);
  let files = 0;
  for (const name of await storage.files.list(folder)) {
    if (name.endsWith('.json')) continue;
    const inAttempt = await storage.files.list(`${folder}/${name}`);
    files += inAttempt.filter((file) => file.endsWith('.enc')).length;
  }
  return files;
}

export function sha256Of(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

async function listSummaries(storage: Storage, batchId: string): Promise<string[]> {
  return (await storage.files.list(stagingFolder(batchId))).filter((name) => name.endsWith('.json'));
}

function summaryPathOf(storage: Storage, batch: StagedBatch): string {
  return storage.files.locate(stagingSummaryKey(batch.batchId, dataKeyTagOf(batch)));
}

function remedyOf(summaryPath: string): string {
  return `Put back what staging wrote, or remove ${summaryPath}: the merchant's file is then staged again`;
}

function unusable(fault: string, batch: StagedBatch, storage: Storage): StagedShardError {
  return new StagedShardError(`Staging: ${fault}. ${remedyOf(summaryPathOf(storage, batch))}`);
}

function decryptShard(dataKey: Uint8Array, sealed: Uint8Array, context: string): Buffer | undefined {
  try {
    return decrypt(dataKey, sealed, context);
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    return undefined;
  }
}
