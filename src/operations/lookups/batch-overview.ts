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
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { type Retention, readRetention } from '../retention.ts';

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
  // Loaded here, with Temporal's client, since most batches of a list have ended.
  const { readOpenState } = await import('./open-state.ts');
  return { ...base, ...(await readOpenState(context, record, access, pass)) };
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
