/*
 * The rows of a pass after the first. They are in the staging of the first pass, or in that of a
 * later pass whose file corrected them. The latest staging that has a row wins.
 */
import { rowsOf } from '../domain/shard-plan.ts';
import type { SendableRow, StagedRow } from '../domain/staged-row.ts';
import { type BatchRecord, unwrapDataKey } from './batch-record.ts';
import { DecryptionError, decrypt, encrypt } from './encryption.ts';
import type { OperatorKey } from './key-file.ts';
import { passStagingFolder } from './layout.ts';
import { type PassPlan, plannedRowsOf } from './pass-plan.ts';
import { openStaging, readStagedShard, StagedShardError, type Staging } from './staged-shards.ts';
import type { Storage } from './storage.ts';

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

/** A shard's corrected rows; empty if the pass corrected none of them. Throws StagedShardError. */
async function readPassShard(storage: Storage, staging: PassStaging, shard: number): Promise<SendableRow[]> {
  const sealed = await storage.files.read(keyOf(staging, shard));
  if (sealed === undefined) return [];
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
  const layers = plans
    .flatMap(({ pass, staging }) =>
      staging === undefined
        ? []
        : [
            {
              batchId,
              pass,
              folder: staging.folder,
              dataKey: unwrapDataKey(operatorKey, { batchId, dataKey: staging.dataKey }),
            },
          ],
    )
    .reverse();
  let first: Promise<Staging | undefined> | undefined;
  const openFirst = (): Promise<Staging | undefined> => {
    first ??= openStaging(storage, record);
    // Read again next time, since a person may have put it back.
    first.catch(() => {
      first = undefined;
    });
    return first;
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
      for (const layer of layers) if (wanted.size > 0) take(await readPassShard(storage, layer, shard));
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
