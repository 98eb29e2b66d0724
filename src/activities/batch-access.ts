/*
 * What the activities of a batch read repeatedly, kept in memory: its record, its data key, and the
 * decrypted rows of the shards that are being sent. A shard is decrypted once, not once per row.
 */
import { shardCountOf } from '../domain/shard-plan.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { ConservationError } from '../results/merged-shard.ts';
import {
  type BatchRecord,
  BatchRecordError,
  readBatchRecord,
  unwrapDataKey,
} from '../storage/batch-record.ts';
import { deriveKey } from '../storage/encryption.ts';
import { PassPlanError } from '../storage/pass-plan.ts';
import { ResolutionError } from '../storage/resolutions.ts';
import { isCancelledUnsent } from '../storage/send-decision.ts';
import { StagedShardError } from '../storage/staged-shards.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold, cancelledUnsent, wrongTarget } from './failures.ts';
import { type LaterPass, openLaterPass } from './later-pass.ts';
import { createFirstPassRows, type FirstPassRows } from './staged-rows.ts';

/** More than the shards that run at once. 500 rows take about 200 kB. */
const keptShards = 32;

export interface OpenBatch {
  readonly record: BatchRecord;
  readonly dataKey: Buffer;
  /** Recognizes equal cards and references without storing them. */
  readonly fingerprintKey: Buffer;
  /**
   * The rows of a shard in a pass, in order: all of them in the first pass, the planned ones later.
   */
  rowsOfShard(pass: number, shard: number): Promise<readonly StagedRow[]>;
  /** Removes a closed shard's rows from memory. */
  forgetShard(pass: number, shard: number): void;
  /** The plan, the rows and the prior outcomes of a pass after the first. */
  laterPass(pass: number): Promise<LaterPass>;
  /** How many shards the first pass has. */
  staging(): Promise<{ readonly shards: number }>;
}

/** `again` rereads the batch: a purge between two of its runs has replaced its data key. */
export type BatchAccess = (batchId: string, again?: 'again') => Promise<OpenBatch>;

/** Opens each batch once. Throws a failure for Temporal if this worker may not work on it. */
export function createBatchAccess(deps: ActivityDeps): BatchAccess {
  const batches = new Map<string, Promise<OpenBatch>>();
  const access: BatchAccess = (batchId, again) => {
    const present = batches.get(batchId);
    if (present !== undefined && again === undefined) {
      return present;
    }
    const opened = openBatch(deps, batchId, firstPassRows);
    batches.set(batchId, opened);
    opened.catch(() => batches.delete(batchId));
    return opened;
  };
  const firstPassRows = createFirstPassRows(deps, access);
  return access;
}

async function openBatch(
  deps: ActivityDeps,
  batchId: string,
  firstPassRows: FirstPassRows,
): Promise<OpenBatch> {
  const { storage, operatorKey, targetFingerprint } = deps;
  const record = await readBatchRecord(storage, batchId).catch(holdOnDamage);
  if (record === undefined) {
    throw batchHold({
      code: 'storage_failed',
      text: 'The storage has no record of the batch: it was removed, or CARDLIFT_STORAGE names another storage',
      count: 1,
    });
  }
  if (record.targetFingerprint !== targetFingerprint) {
    throw wrongTarget();
  }
  if (await isCancelledUnsent(storage, batchId)) throw cancelledUnsent();
  const dataKey = openDataKey(deps, record);
  const shards = new Map<string, Promise<readonly StagedRow[]>>();
  const laterPasses = new Map<number, Promise<LaterPass>>();
  const fingerprintKey = deriveKey(operatorKey.key, 'fingerprints');
  const readFirstPass = firstPassRows.reader({ record, dataKey, fingerprintKey });
  const laterPass: OpenBatch['laterPass'] = (pass) => {
    const opened =
      laterPasses.get(pass) ??
      openLaterPass(deps, record, pass).then(
        (later): LaterPass => ({
          ...later,
          priorOutcomeOf: (row) => later.priorOutcomeOf(row).catch(holdOnDamage),
        }),
        holdOnDamage,
      );
    laterPasses.set(pass, opened);
    opened.catch(() => laterPasses.delete(pass));
    return opened;
  };
  const readRows = async (pass: number, shard: number): Promise<readonly StagedRow[]> => {
    const rows = pass === 1 ? await readFirstPass(shard) : await (await laterPass(pass)).rowsOfShard(shard);
    deps.gateway.rememberCards?.(rows.flatMap((row) => (row.kind === 'sendable' ? [row.cardNumber] : [])));
    return rows;
  };
  return {
    record,
    dataKey,
    fingerprintKey,
    rowsOfShard(pass, shard) {
      const name = `${pass} ${shard}`;
      const rows = shards.get(name) ?? readRows(pass, shard).catch(holdOnDamage);
      // Removed and added again: the map's order is the order of use.
      shards.delete(name);
      shards.set(name, rows);
      rows.catch(() => shards.delete(name));
      const [oldest] = shards.keys();
      if (shards.size > keptShards && oldest !== undefined) shards.delete(oldest);
      return rows;
    },
    forgetShard: (pass, shard) => {
      shards.delete(`${pass} ${shard}`);
    },
    laterPass,
    // Staging verifies that the file has the rows of the record.
    staging: () => Promise.resolve({ shards: shardCountOf(record.file.rows) }),
  };
}

function openDataKey({ operatorKey }: ActivityDeps, record: BatchRecord): Buffer {
  try {
    return unwrapDataKey(operatorKey, record);
  } catch (error) {
    return holdOnDamage(error);
  }
}

/** Damaged or locked files do not recover, and retries would never end, so the batch holds. */
function holdOnDamage(error: unknown): never {
  if (
    error instanceof BatchRecordError ||
    error instanceof StagedShardError ||
    error instanceof PassPlanError ||
    error instanceof ConservationError ||
    error instanceof ResolutionError
  ) {
    throw batchHold({ code: 'storage_failed', text: error.message, count: 1 });
  }
  throw error;
}
