/* The state of a batch: from its workflow if one is running, otherwise from the storage alone. */
import type { AppContext } from '../../app/app-context.ts';
import type { OutcomeCounts } from '../../contract/outcome.ts';
import type { BatchProgress } from '../../contract/workflows.ts';
import type { AccountLimits } from '../../rate-limit/account-limits.ts';
import { readManifest } from '../../results/manifest.ts';
import { listBatches } from '../../storage/batch-index.ts';
import { type BatchRecord, readBatchRecord } from '../../storage/batch-record.ts';
import { findLatestPass } from '../../storage/decisions.ts';
import { isCancelledUnsent } from '../../storage/send-decision.ts';
import {
  type BatchStatus,
  NoWorkerError,
  readBatchStatus,
  readProgress,
} from '../../temporal/batch-client.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { findWorkerPresence, type WorkerPresence } from '../../temporal/worker-presence.ts';
import { type Retention, readRetention } from '../retention.ts';
import { readAccount } from './account.ts';

export interface BatchOverview {
  readonly batchId: string;
  /**
   * `finished` and `cancelled` come from the results, `running` from Temporal. `open` means that no
   * workflow is running, or that Temporal cannot be asked.
   */
  readonly status: 'finished' | 'cancelled' | 'running' | 'open';
  readonly rows: number;
  readonly outcomes: OutcomeCounts;
  readonly startedAt: string;
  /** What the workflow answered. */
  readonly progress?: BatchProgress;
  /** The limits of the batch's gateway account; present with `progress`. */
  readonly account?: AccountLimits;
  /** Why there is no progress, in words. */
  readonly detail?: string;
}

/** Reads the state of the batch. `access` is undefined if Temporal is not running. */
export async function readOverview(
  context: Pick<AppContext, 'storage'>,
  record: BatchRecord,
  access: TemporalAccess | undefined,
): Promise<BatchOverview> {
  const storage = await context.storage();
  const base = { batchId: record.batchId, rows: record.file.rows, startedAt: record.createdAt };
  const manifest = await readManifest(storage, record.batchId);
  const pass = await findLatestPass(storage, record.batchId);
  if (manifest !== undefined && manifest.pass === pass) {
    return { ...base, status: manifest.status, outcomes: manifest.outcomes };
  }
  if (await isCancelledUnsent(storage, record.batchId)) {
    return { ...base, status: 'cancelled', outcomes: {}, detail: 'before anything was sent' };
  }
  if (access === undefined) {
    return { ...base, status: 'open', outcomes: {}, detail: 'Temporal is not running' };
  }
  const status = await readBatchStatus(access.client, record.batchId);
  if (status !== 'running') {
    return { ...base, status: 'open', outcomes: {}, detail: describeNotRunning(status, pass) };
  }
  try {
    const progress = await readProgress(access.client, record.batchId);
    const account = await readAccount(context, record);
    return { ...base, status, outcomes: progress.counts, progress, account };
  } catch (error) {
    if (!(error instanceof NoWorkerError)) throw error;
    const presence = await findWorkerPresence(access, record.targetFingerprint, Date.now());
    return { ...base, status, outcomes: {}, detail: describeSilence(presence) };
  }
}

function describeSilence(presence: WorkerPresence): string {
  return presence.kind === 'none'
    ? 'no worker is running'
    : `no worker answered; one polled for work ${Math.round(presence.polledMsAgo / 1_000)} s ago and is now busy or stopped`;
}

function describeNotRunning(status: Exclude<BatchStatus, 'running'>, pass: number): string {
  const next =
    pass === 1
      ? 'to continue, give the same `run` or `start` command'
      : `pass ${pass} is open; \`redrive\` continues it`;
  return status === 'absent' || pass > 1
    ? `not running on this Temporal; ${next}`
    : `its workflow is ${status} and left no results; ${next}`;
}

export interface ListedBatch {
  readonly overview: BatchOverview;
  readonly retention: Retention;
}

/** Reads the state of every batch of the storage. */
export async function listOverviews(
  context: AppContext,
  access: TemporalAccess | undefined,
): Promise<ListedBatch[]> {
  const storage = await context.storage();
  const batches: ListedBatch[] = [];
  for (const batchId of await listBatches(storage)) {
    const record = await readBatchRecord(storage, batchId);
    if (record === undefined) continue;
    batches.push({
      overview: await readOverview(context, record, access),
      retention: await readRetention(context, record),
    });
  }
  return batches;
}
