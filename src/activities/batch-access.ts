/*
 * What the activities of a batch read again and again, kept in memory: its record, its data key, and the decrypted rows of
 * the few shards that are being sent. A shard is decrypted once, not once a row.
 */
import type { StagedRow } from '../domain/staged-row.ts';
import {
  type BatchRecord,
  BatchRecordError,
  readBatchRecord,
  unwrapDataKey,
} from '../storage/batch-record.ts';
import { deriveKey } from '../storage/encryption.ts';
import {
  readStagedShard,
  readStagingSummary,
  StagedShardError,
  type StagingSummary,
} from '../storage/staged-shards.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold, wrongBinding } from './failures.ts';

/** More than the shards that are sent at a time; 500 rows are some 200 kB. */
const keptShards = 32;

export interface OpenBatch {
  readonly record: BatchRecord;
  readonly dataKey: Buffer;
  /** For telling equal cards and references apart without keeping them. */
  readonly fingerprintKey: Buffer;
  /** The rows of a shard, in order. */
  rowsOfShard(shard: number): Promise<readonly StagedRow[]>;
  /** Lets a closed shard's rows go. */
  forgetShard(shard: number): void;
  staging(): Promise<StagingSummary>;
}

export type BatchAccess = (batchId: string) => Promise<OpenBatch>;

/** Opens batches for activities, each once. Throws a failure for Temporal where the worker may not work on the batch. */
export function createBatchAccess(deps: ActivityDeps): BatchAccess {
  const batches = new Map<string, Promise<OpenBatch>>();
  return (batchId) => {
    const present = batches.get(batchId);
    if (present !== undefined) {
      return present;
    }
    const opened = openBatch(deps, batchId);
    batches.set(batchId, opened);
    opened.catch(() => batches.delete(batchId));
    return opened;
  };
}

async function openBatch(deps: ActivityDeps, batchId: string): Promise<OpenBatch> {
  const { storage, operatorKey, binding } = deps;
  const record = await readBatchRecord(storage, batchId).catch(holdOnDamage);
  if (record === undefined) {
    throw batchHold({
      code: 'storage_failed',
      text: 'The storage has no record of the batch: it was removed, or CARDLIFT_STORAGE names another one',
      count: 1,
    });
  }
  if (record.binding !== binding) {
    throw wrongBinding();
  }
  const dataKey = openDataKey(deps, record);
  const shards = new Map<number, Promise<StagedRow[]>>();
  let staging: StagingSummary | undefined;
  return {
    record,
    dataKey,
    fingerprintKey: deriveKey(operatorKey.key, 'fingerprints'),
    rowsOfShard(shard) {
      const rows = shards.get(shard) ?? readStagedShard(storage, dataKey, batchId, shard).catch(holdOnDamage);
      // Taken out and put back: the map's order is the order of use.
      shards.delete(shard);
      shards.set(shard, rows);
      rows.catch(() => shards.delete(shard));
      const [oldest] = shards.keys();
      if (shards.size > keptShards && oldest !== undefined) shards.delete(oldest);
      return rows;
    },
    forgetShard: (shard) => {
      shards.delete(shard);
    },
    async staging() {
      staging ??= await readStagingSummary(storage, batchId);
      if (staging === undefined) throw new Error('The batch is not staged');
      return staging;
    },
  };
}

function openDataKey({ operatorKey }: ActivityDeps, record: BatchRecord): Buffer {
  try {
    return unwrapDataKey(operatorKey, record);
  } catch (error) {
    return holdOnDamage(error);
  }
}

/** What is damaged or locked stays so: the batch waits for a person, since trying again would never end. */
function holdOnDamage(error: unknown): never {
  if (error instanceof BatchRecordError || error instanceof StagedShardError) {
    throw batchHold({ code: 'storage_failed', text: error.message, count: 1 });
  }
  throw error;
}
