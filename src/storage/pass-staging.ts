/*
 * The rows of a pass after the first. They are in the staging of the first pass, or in that of a
 * later pass whose file corrected them. The latest staging that has a row wins.
 *
 * The staging of a later pass has its own data key, in a file beside its shards. A purge can
 * destroy it, while the plan that names the staging never changes.
 */
import { z } from 'zod';
import { rowsOf } from '../domain/shard-plan.ts';
import type { SendableRow, StagedRow } from '../domain/staged-row.ts';
import { type BatchRecord, unwrapDataKey, wrapNewDataKey } from './batch-record.ts';
import { DecryptionError, decrypt, encrypt } from './encryption.ts';
import type { OperatorKey } from './key-file.ts';
import { passStagingFolder, passStagingKeyKey } from './layout.ts';
import { type PassPlan, plannedRowsOf } from './pass-plan.ts';
import { openStaging, readStagedShard, StagedShardError, type Staging } from './staged-shards.ts';
import type { Storage } from './storage.ts';
import { parseStored } from './stored-json.ts';

const wrappedKeySchema = z.object({ keyId: z.string(), wrapped: z.base64() });

/** The location of one pass's corrected rows. */
export interface PassStaging {
  readonly batchId: string;
  readonly pass: number;
  readonly folder: string;
  readonly dataKey: Uint8Array;
}

const keyOf = ({ batchId, pass, folder }: PassStaging, shard: number): string =>
  `${passStagingFolder(batchId, pass, folder)}/shard-${shard}.enc`;
const contextOf = ({ batchId, pass, folder }: PassStaging, shard: number): string =>
  `${batchId} pass ${pass} ${folder} shard ${shard}`;

/** Begins the staging of a pass in a new folder, with a new data key. */
export async function createPassStaging(
  storage: Storage,
  operatorKey: OperatorKey,
  { batchId, pass, folder }: Omit<PassStaging, 'dataKey'>,
): Promise<PassStaging> {
  const wrapped = wrapNewDataKey(operatorKey, batchId);
  await storage.files.replace(passStagingKeyKey(batchId, pass, folder), `${JSON.stringify(wrapped)}\n`);
  return { batchId, pass, folder, dataKey: unwrapDataKey(operatorKey, { batchId, dataKey: wrapped }) };
}

/**
 * The staging, opened with its key; undefined if it was purged or lost. Throws BatchRecordError if
 * the key was wrapped with a different operator key, and StoredFileError.
 */
async function openPassStaging(
  storage: Storage,
  operatorKey: OperatorKey,
  { batchId, pass, folder }: Omit<PassStaging, 'dataKey'>,
): Promise<PassStaging | undefined> {
  const key = passStagingKeyKey(batchId, pass, folder);
  const content = await storage.files.read(key);
  if (content === undefined) return undefined;
  const dataKey = parseStored(wrappedKeySchema, content.toString('utf8'), storage.files.locate(key));
  return { batchId, pass, folder, dataKey: unwrapDataKey(operatorKey, { batchId, dataKey }) };
}

/** Writes a shard's corrected rows, encrypted. */
export async function writePassShard(
  storage: Storage,
  staging: PassStaging,
  shard: number,
  rows: readonly SendableRow[],
): Promise<void> {
  const plain = Buffer.from(JSON.stringify(rows));
  await storage.files.replace(
    keyOf(staging, shard),
    encrypt(staging.dataKey, plain, contextOf(staging, shard)),
  );
  plain.fill(0);
}

/** A shard's corrected rows; undefined if they are not there. Throws StagedShardError. */
async function readPassShard(
  storage: Storage,
  staging: PassStaging,
  shard: number,
): Promise<SendableRow[] | undefined> {
  const sealed = await storage.files.read(keyOf(staging, shard));
  if (sealed === undefined) return undefined;
  try {
    const plain = decrypt(staging.dataKey, sealed, contextOf(staging, shard));
    const rows = JSON.parse(plain.toString('utf8')) as SendableRow[];
    plain.fill(0);
    return rows;
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    throw new StagedShardError(
      `Staging of shard ${shard} in pass ${staging.pass} was altered, or encrypted with another key`,
    );
  }
}

/** Reads the rows that passes send. */
export interface PassRows {
  /**
   * Those of the given rows that are staged as sendable. Throws StagedShardError if staging is
   * damaged.
   */
  find(shard: number, rows: readonly number[]): Promise<Map<number, SendableRow>>;
}

/** Opens the rows as staged up to the last of these plans. */
export function openPassRows(
  storage: Storage,
  operatorKey: OperatorKey,
  record: BatchRecord,
  plans: readonly PassPlan[],
): PassRows {
  const { batchId } = record;
  let first: Promise<Staging | undefined> | undefined;
  const openFirst = (): Promise<Staging | undefined> => {
    first ??= openStaging(storage, record);
    // Read again next time, since a person may have put it back.
    first.catch(() => {
      first = undefined;
    });
    return first;
  };
  const opened = new Map<number, Promise<PassStaging | undefined>>();
  const open = (pass: number, folder: string): Promise<PassStaging | undefined> => {
    const staging = opened.get(pass) ?? openPassStaging(storage, operatorKey, { batchId, pass, folder });
    opened.set(pass, staging);
    staging.catch(() => opened.delete(pass));
    return staging;
  };
  return {
    async find(shard, rows) {
      const wanted = new Set(rows);
      const found = new Map<number, SendableRow>();
      const take = (some: readonly StagedRow[]): void => {
        for (const row of some) {
          if (row.kind === 'sendable' && wanted.delete(row.row)) found.set(row.row, row);
        }
      };
      for (const plan of plans.toReversed()) {
        if (plan.staging === undefined || wanted.size === 0) continue;
        const staging = await open(plan.pass, plan.staging.folder);
        const corrected = staging && (await readPassShard(storage, staging, shard));
        if (corrected !== undefined) take(corrected);
        // Without its own staging a corrected row is not staged: an earlier pass has its old card.
        else for (const row of plannedRowsOf(plan, shard)) wanted.delete(row);
      }
      const staging = wanted.size > 0 ? await openFirst() : undefined;
      if (staging !== undefined) {
        take(await readStagedShard(storage, unwrapDataKey(operatorKey, record), staging, shard));
      }
      return found;
    },
  };
}

/**
 * The rows of a shard that the last of these plans sends, in order. Throws StagedShardError if one
 * is missing.
 */
export async function readPlannedRows(
  rows: PassRows,
  plan: PassPlan,
  shard: number,
): Promise<readonly SendableRow[]> {
  const numbers = plannedRowsOf(plan, shard);
  const found = await rows.find(shard, numbers);
  return numbers.map((number) => {
    const row = found.get(number);
    if (row !== undefined) return row;
    const { first, last } = rowsOf(shard, Number.POSITIVE_INFINITY);
    throw new StagedShardError(`Staging of row ${number} (shard of rows ${first} to ${last}) is missing`);
  });
}
