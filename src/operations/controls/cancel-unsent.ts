/*
 * Cancels a batch of which no row was ever sent. It uses only the storage, so it needs no Temporal,
 * no worker and no keys. The decision in the storage counts. The audit line and the end of the
 * workflow follow from it, so a later cancel completes an interrupted one.
 */
import type { AppContext } from '../../app/app-context.ts';
import { definedOf } from '../../domain/defined.ts';
import { readManifest } from '../../results/manifest.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import {
  decideSending,
  mayHaveSent,
  readSendDecision,
  type SendDecision,
} from '../../storage/send-decision.ts';
import {
  cancelBatch,
  NoWorkerError,
  readBatchStatus,
  readProgress,
  terminateBatch,
} from '../../temporal/batch-client.ts';
import { findTemporal, type TemporalAccess } from '../../temporal/temporal-access.ts';
import { callerOf, type Reason } from '../audit-news.ts';

/** Cancels the batch, now or again. Returns false, with no change, if rows may have been sent. */
export async function cancelUnsent(
  context: Pick<AppContext, 'storage' | 'operator'>,
  { batchId }: Pick<BatchRecord, 'batchId'>,
  given: Reason,
): Promise<boolean> {
  const storage = await context.storage();
  const present = await readSendDecision(storage, batchId);
  if (present === undefined) {
    if (await mayHaveSent(storage, batchId)) return false;
    if ((await readManifest(storage, batchId)) !== undefined) return false;
  }
  const mine: SendDecision = {
    decision: 'cancel',
    at: new Date().toISOString(),
    ...callerOf(context, given),
  };
  const { decision, at, who, reason } = present ?? (await decideSending(storage, batchId, mine));
  if (decision !== 'cancel') return false;
  await appendAudit(storage, batchId, {
    id: 'cancel unsent',
    at,
    who,
    act: 'cancel',
    ...definedOf({ reason }),
    details: { unsent: true },
  });
  return true;
}

/**
 * The same, and also ends the batch's workflow. Resolves with undefined and changes nothing if rows
 * may have been sent. Temporal may be unreachable: a worker that runs the workflow later finds the
 * batch cancelled.
 */
export async function cancelIfUnsent(
  context: AppContext,
  record: BatchRecord,
  reason: Reason,
): Promise<{ readonly workflowError?: string } | undefined> {
  if (!(await cancelUnsent(context, record, reason))) return undefined;
  try {
    const access = await findTemporal(context.config.home);
    if (access === undefined) return {};
    try {
      await endUnsentWorkflow(access, record.batchId);
    } finally {
      await access.release();
    }
    return {};
  } catch (error) {
    return { workflowError: error instanceof Error ? error.message : 'unknown error' };
  }
}

/**
 * Ends the workflow of a batch that was cancelled unsent, if it is running: by a cancellation if a
 * worker answers, otherwise by termination.
 */
async function endUnsentWorkflow({ client }: TemporalAccess, batchId: string): Promise<void> {
  if ((await readBatchStatus(client, batchId)) !== 'running') return;
  try {
    await readProgress(client, batchId);
    await cancelBatch(client, batchId);
  } catch (error) {
    if (!(error instanceof NoWorkerError)) throw error;
    await terminateBatch(client, batchId, 'Cancelled before anything was sent');
  }
}

/** What a front end shows for such a batch. */
export function describeCancelledUnsent({ batchId }: Pick<BatchRecord, 'batchId'>): string {
  return `${batchId} is cancelled. Nothing was sent, and nothing will be. You can run the same file again as a new batch.`;
}
