import { Context } from '@temporalio/activity';
import type { StageBatchInput, StageBatchResult } from '../contract/activities.ts';
import { shardCountOf, shardSizeRows } from '../domain/shard-plan.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { readRows } from '../input/csv-rows.ts';
import { FileRefusedError } from '../input/file-refused-error.ts';
import {
  readStagingSummary,
  type StagingSummary,
  writeStagedShard,
  writeStagingSummary,
} from '../storage/staged-shards.ts';
import type { BatchAccess, OpenBatch } from './batch-access.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold } from './failures.ts';

/** Reads, checks and encrypts the merchant's file, a shard at a time. May be run again: it begins anew. */
export function createStageBatch(deps: ActivityDeps, openBatch: BatchAccess) {
  return async function stageBatch({ batchId }: StageBatchInput): Promise<StageBatchResult> {
    const batch = await openBatch(batchId);
    const present = await readStagingSummary(deps.storage, batchId);
    return resultOf(present ?? (await stage(deps, batch)));
  };
}

async function stage({ storage, nowMs }: ActivityDeps, batch: OpenBatch): Promise<StagingSummary> {
  const { record, dataKey } = batch;
  const context = Context.current();
  const reading = readRows(record.file.path, {
    // The day the batch was started: the preview that was confirmed and staging must agree on which cards have expired.
    today: record.createdAt.slice(0, 10),
    isLive: record.isLive,
    fingerprintKey: batch.fingerprintKey,
    signal: context.cancellationSignal,
    ...(record.amount === undefined ? {} : { defaultAmount: record.amount }),
    ...(record.currency === undefined ? {} : { defaultCurrency: record.currency }),
  });
  let shard = 0;
  let rows = 0;
  let sendableRows = 0;
  let waiting: StagedRow[] = [];
  let heartbeatDueMs = 0;
  const write = async (ready: StagedRow[]): Promise<void> => {
    shard += 1;
    await writeStagedShard(storage, dataKey, record.batchId, shard, ready);
    if (nowMs() >= heartbeatDueMs) {
      context.heartbeat({ rows });
      heartbeatDueMs = nowMs() + 2_000;
    }
  };
  try {
    for await (const some of reading) {
      rows += some.length;
      sendableRows += some.filter((row) => row.kind === 'sendable').length;
      waiting.push(...some);
      while (waiting.length >= shardSizeRows) {
        await write(waiting.slice(0, shardSizeRows));
        waiting = waiting.slice(shardSizeRows);
      }
    }
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error;
    throw batchHold({ code: 'staging_failed', text: error.message, count: 1 });
  }
  if (waiting.length > 0) {
    await write(waiting);
  }
  if (reading.sha256 !== record.file.sha256 || rows !== record.file.rows) {
    throw batchHold({
      code: 'staging_failed',
      text: 'The file is not the one that was previewed: put it back, or cancel the batch and start the new file',
      count: 1,
    });
  }
  const summary = { rows, sendableRows, shards: shardCountOf(rows), sha256: record.file.sha256 };
  await writeStagingSummary(storage, record.batchId, summary);
  return summary;
}

function resultOf({ rows, sendableRows, shards }: StagingSummary): StageBatchResult {
  return { rows, sendableRows, shards };
}
