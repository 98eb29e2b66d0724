import { Context } from '@temporalio/activity';
import type { StageBatchInput, StageBatchResult } from '../contract/activities.ts';
import { theProgram } from '../contract/audit.ts';
import { definedOf } from '../domain/defined.ts';
import { shardCountOf, shardSizeRows } from '../domain/shard-plan.ts';
import { applySkip, type SkipDecision } from '../domain/skip-decision.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { readRows } from '../input/csv-rows.ts';
import { FileRefusedError } from '../input/file-refused-error.ts';
import { createFingerprinter } from '../input/fingerprinter.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { plannedShardRunsOf, plannedShardsOf } from '../storage/pass-plan.ts';
import { fingerprintLineOf, writeFingerprints } from '../storage/row-fingerprints.ts';
import { decideSending } from '../storage/send-decision.ts';
import { readSkipDecisions, SkipDecisionsError } from '../storage/skip-decisions.ts';
import {
  readStagingSummary,
  type StagingSummary,
  writeStagedShard,
  writeStagingSummary,
} from '../storage/staged-shards.ts';
import type { Storage } from '../storage/storage.ts';
import type { BatchAccess, OpenBatch } from './batch-access.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold, cancelledUnsent } from './failures.ts';

/**
 * Reads, checks and encrypts the merchant's file, shard by shard. May run again: it starts over.
 */
export function createStageBatch(deps: ActivityDeps, openBatch: BatchAccess) {
  return async function stageBatch({ batchId, pass = 1 }: StageBatchInput): Promise<StageBatchResult> {
    const batch = await openBatch(batchId);
    if (pass > 1) {
      const { plan } = await batch.laterPass(pass);
      const shards = plannedShardsOf(plan).length;
      return { rows: plan.rows, sendableRows: plan.rows, shards, shardRuns: plannedShardRunsOf(plan) };
    }
    const present = await readStagingSummary(deps.storage, batchId);
    const summary = present ?? (await stage(deps, await openBatch(batchId, 'again')));
    // The last step before rows can be sent. A cancel in the storage may have come first.
    const at = new Date(deps.nowMs()).toISOString();
    const { decision } = await decideSending(deps.storage, batchId, {
      decision: 'send',
      at,
      who: theProgram,
    });
    if (decision === 'cancel') throw cancelledUnsent();
    return resultOf(summary);
  };
}

async function stage(deps: ActivityDeps, batch: OpenBatch): Promise<StagingSummary> {
  const { record, fingerprintKey } = batch;
  const counts = { rows: 0, sendableRows: 0 };
  const refOf = createFingerprinter(fingerprintKey, 'merchant_ref');
  const cardOf = createFingerprinter(fingerprintKey, 'card_number');

  /** Yields the rows' fingerprints as the storage writes them. This stages the rows on the way. */
  async function* stagedRows(): AsyncGenerator<string> {
    for await (const rows of stageShards(deps, batch)) {
      counts.rows += rows.length;
      for (const row of rows) {
        if (row.kind === 'sendable') counts.sendableRows += 1;
        yield row.kind === 'sendable'
          ? fingerprintLineOf({ merchantRef: refOf(row.merchantRef), card: cardOf(row.cardNumber) })
          : fingerprintLineOf();
      }
    }
  }
  await writeFingerprints(deps.storage, record.batchId, deps.operatorKey.id, stagedRows());
  const summary = { ...counts, shards: shardCountOf(counts.rows), sha256: record.file.sha256 };
  await writeStagingSummary(deps.storage, record.batchId, summary);
  return summary;
}

/**
 * Stages the file's shards in order and yields the rows of each. Throws a hold if the file differs
 * from the previewed one.
 */
async function* stageShards(
  { storage, nowMs, gateway }: ActivityDeps,
  batch: OpenBatch,
): AsyncGenerator<readonly StagedRow[]> {
  const { record, dataKey } = batch;
  const context = Context.current();
  const decisions = await readDecisions(storage, record);
  const reading = readRows(record.file.path, {
    // The day the batch was created: preview and staging must agree on which cards have expired.
    today: record.createdAt.slice(0, 10),
    isLive: record.isLive,
    limits: gateway.limits,
    fingerprintKey: batch.fingerprintKey,
    signal: context.cancellationSignal,
    ...definedOf({
      defaultAmount: record.amount,
      defaultCurrency: record.currency,
      mapping: record.mapping,
      encoding: record.encoding,
    }),
  });
  let shard = 0;
  let rows = 0;
  let waiting: StagedRow[] = [];
  let heartbeatDueMs = 0;
  const write = async (ready: StagedRow[]): Promise<StagedRow[]> => {
    shard += 1;
    await writeStagedShard(storage, dataKey, record.batchId, shard, ready);
    rows += ready.length;
    if (nowMs() >= heartbeatDueMs) {
      context.heartbeat({ rows });
      heartbeatDueMs = nowMs() + 2_000;
    }
    return ready;
  };
  try {
    for await (const some of reading) {
      for (const row of some) waiting.push(applySkip(row, decisions.get(row.row)));
      while (waiting.length >= shardSizeRows) {
        yield await write(waiting.slice(0, shardSizeRows));
        waiting = waiting.slice(shardSizeRows);
      }
    }
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error;
    throw batchHold({ code: 'staging_failed', text: error.message, count: 1 });
  }
  if (waiting.length > 0) {
    yield await write(waiting);
  }
  if (reading.sha256 !== record.file.sha256 || rows !== record.file.rows) {
    throw batchHold({
      code: 'staging_failed',
      text: 'The file differs from the one that was previewed. Put it back, or cancel the batch and start the new file',
      count: 1,
    });
  }
}

async function readDecisions(
  storage: Storage,
  { batchId, earlierResults }: BatchRecord,
): Promise<ReadonlyMap<number, SkipDecision>> {
  if (earlierResults === undefined) return new Map();
  try {
    return await readSkipDecisions(storage, batchId, earlierResults.sha256);
  } catch (error) {
    if (!(error instanceof SkipDecisionsError)) throw error;
    throw batchHold({ code: 'staging_failed', text: error.message, count: 1 });
  }
}

function resultOf({ rows, sendableRows, shards }: StagingSummary): StageBatchResult {
  return { rows, sendableRows, shards };
}
