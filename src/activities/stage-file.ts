/* Stages the merchant's file of a batch, and stages it again if a purge has removed the staging. */
import { definedOf } from '../domain/defined.ts';
import { shardSizeRows } from '../domain/shard-plan.ts';
import { applySkip, type SkipDecision } from '../domain/skip-decision.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { readRows } from '../input/csv-rows.ts';
import { FileRefusedError } from '../input/file-refused-error.ts';
import { createFingerprinter } from '../input/fingerprinter.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { commitFingerprints, fingerprintLineOf, writeFingerprints } from '../storage/row-fingerprints.ts';
import { readSkipDecisions, SkipDecisionsError } from '../storage/skip-decisions.ts';
import { readStagingSummary, type StagingSummary } from '../storage/staged-shards.ts';
import { beginStaging, type StagingAttempt } from '../storage/staging-attempt.ts';
import type { Storage } from '../storage/storage.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold } from './failures.ts';

/** The part of an open batch that staging needs. */
export interface StageableBatch {
  readonly record: BatchRecord;
  readonly dataKey: Buffer;
  readonly fingerprintKey: Buffer;
}

export interface StagingWatch {
  readonly signal?: AbortSignal;
  /** Called at most every two seconds with the number of rows so far. */
  readonly onProgress?: (rows: number) => void;
}

/**
 * The summary of the batch's staging. Stages the file if there is none. Throws a hold if the file
 * cannot be used.
 */
export async function ensureStaged(
  deps: ActivityDeps,
  openBatch: (batchId: string, again?: 'again') => Promise<StageableBatch>,
  batchId: string,
  watch: StagingWatch = {},
): Promise<StagingSummary> {
  const summary = await findOrStage(deps, openBatch, batchId, watch);
  // Also if it was staged before: a worker may have died in between.
  await commitFingerprints(deps.storage, batchId, summary.attempt);
  return summary;
}

async function findOrStage(...[deps, openBatch, batchId, watch = {}]: Parameters<typeof ensureStaged>) {
  const { record } = await openBatch(batchId);
  const present = await readStagingSummary(deps.storage, record);
  if (present !== undefined) return present;
  // A purge may have replaced the data key since the batch was opened.
  const batch = await openBatch(batchId, 'again');
  return (await readStagingSummary(deps.storage, batch.record)) ?? (await stageFile(deps, batch, watch));
}

async function stageFile(
  deps: ActivityDeps,
  batch: StageableBatch,
  watch: StagingWatch,
): Promise<StagingSummary> {
  const { record, dataKey, fingerprintKey } = batch;
  const { storage } = deps;
  const counts = { rows: 0, sendableRows: 0 };
  const refOf = createFingerprinter(fingerprintKey, 'merchant_ref');
  const cardOf = createFingerprinter(fingerprintKey, 'card_number');
  const attempt = beginStaging(storage, record, dataKey);

  /** Yields the rows' fingerprints as the storage writes them. This stages the rows on the way. */
  async function* stagedRows(): AsyncGenerator<string> {
    for await (const rows of stageShards(deps, batch, attempt, watch)) {
      counts.rows += rows.length;
      for (const row of rows) {
        if (row.kind === 'sendable') counts.sendableRows += 1;
        yield row.kind === 'sendable'
          ? fingerprintLineOf({ merchantRef: refOf(row.merchantRef), card: cardOf(row.cardNumber) })
          : fingerprintLineOf();
      }
    }
  }
  try {
    await writeFingerprints(storage, record.batchId, attempt.name, deps.operatorKey.id, stagedRows());
  } catch (error) {
    // Only frees the space: nothing reads an attempt that did not commit.
    await attempt.discard().catch(() => undefined);
    throw error;
  }
  return await attempt.commit(counts);
}

/**
 * Stages the file's shards in order and yields the rows of each. Throws a hold if the file differs
 * from the previewed one.
 */
async function* stageShards(
  { storage, nowMs, gateway }: ActivityDeps,
  { record, fingerprintKey }: StageableBatch,
  attempt: StagingAttempt,
  { signal, onProgress }: StagingWatch,
): AsyncGenerator<readonly StagedRow[]> {
  const decisions = await readDecisions(storage, record);
  const reading = readRows(record.file.path, {
    // The day the batch was created: preview and staging must agree on which cards have expired.
    today: record.createdAt.slice(0, 10),
    isLive: record.isLive,
    limits: gateway.limits,
    fingerprintKey,
    ...definedOf({
      signal,
      defaultAmount: record.amount,
      defaultCurrency: record.currency,
      mapping: record.mapping,
      encoding: record.encoding,
    }),
  });
  let rows = 0;
  let waiting: StagedRow[] = [];
  /** One shard is made durable while the next one is read. */
  let writing: Promise<readonly StagedRow[]> = Promise.resolve([]);
  let heartbeatDueMs = 0;
  const write = async (ready: StagedRow[]): Promise<StagedRow[]> => {
    await attempt.writeShard(ready);
    rows += ready.length;
    if (nowMs() >= heartbeatDueMs) {
      onProgress?.(rows);
      heartbeatDueMs = nowMs() + 2_000;
    }
    return ready;
  };
  /** Begins to write a shard once the previous one is written, and returns the previous one. */
  const begin = async (ready: StagedRow[]): Promise<readonly StagedRow[]> => {
    const written = await writing;
    writing = write(ready);
    // Awaited later, when its failure is thrown.
    writing.catch(() => undefined);
    return written;
  };
  try {
    for await (const some of reading) {
      for (const row of some) waiting.push(applySkip(row, decisions.get(row.row)));
      while (waiting.length >= shardSizeRows) {
        yield await begin(waiting.slice(0, shardSizeRows));
        waiting = waiting.slice(shardSizeRows);
      }
    }
    if (waiting.length > 0) yield await begin(waiting);
    yield await writing;
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error;
    throw batchHold({ code: 'staging_failed', text: error.message, count: 1 });
  } finally {
    // Whatever ended the staging: nothing is written after the attempt is discarded.
    await writing.catch(() => undefined);
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
