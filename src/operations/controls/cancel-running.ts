/* Ends a batch: through the storage alone if no row was sent, otherwise through its workflow. */
import type { AppContext } from '../../app/app-context.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { cancelBatch, NoWorkerError, readBatchStatus, readProgress } from '../../temporal/batch-client.ts';
import { auditNewsOf, type Reason } from '../audit-news.ts';
import { withBatch } from '../batch-session.ts';
import { cancelIfUnsent } from './cancel-unsent.ts';
import { asNotRunning } from './update-batch.ts';
import { describeNoWorker } from './worker-silence.ts';

export type Cancellation =
  /** No row was sent, and none will be. */
  | { readonly kind: 'unsent'; readonly workflowError?: string }
  /** A worker has received the cancellation. Requests in flight finish, and the results follow. */
  | { readonly kind: 'cancelling' }
  /** The batch ends once a worker runs. Until then no row is sent. */
  | { readonly kind: 'waits_for_worker'; readonly advice: string };

/** Cancels the batch. Throws OperationRefused and EngineFailed. */
export async function cancelRunning(
  context: AppContext,
  record: BatchRecord,
  reason: Reason = {},
): Promise<Cancellation> {
  const unsent = await cancelIfUnsent(context, record, reason);
  if (unsent !== undefined) return { kind: 'unsent', ...unsent };
  const steering = { control: 'cancel' } as const;
  return await withBatch(context, record.batchId, steering, async (_, access) => {
    const { client } = access;
    const { batchId } = record;
    try {
      if ((await readBatchStatus(client, batchId)) === 'running') {
        // A cancellation in Temporal carries no text, so the audit line is written first.
        await appendAudit(await context.storage(), batchId, auditNewsOf(context, 'cancel', reason));
      }
      await cancelBatch(client, batchId);
    } catch (error) {
      throw await asNotRunning(error, context, record, steering);
    }
    const isAnswered = await readProgress(client, batchId).then(
      () => true,
      (error: unknown) => !(error instanceof NoWorkerError),
    );
    if (isAnswered) return { kind: 'cancelling' };
    return {
      kind: 'waits_for_worker',
      advice: await describeNoWorker(context, access, record, steering),
    };
  });
}
