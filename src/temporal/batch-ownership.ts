import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { workflowQueueOf } from '../contract/ids.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { ForeignBatchError } from './foreign-batch-error.ts';

/**
 * Refuses a batch that runs, or ran recently, on this Temporal with another storage, gateway,
 * account or mode. Its intents are in another storage, so here every card would look uncharged.
 * Throws ForeignBatchError.
 */
export async function refuseForeignBatch(
  client: Client,
  { batchId, targetFingerprint }: Pick<BatchRecord, 'batchId' | 'targetFingerprint'>,
): Promise<void> {
  let taskQueue: string;
  try {
    ({ taskQueue } = await client.workflow.getHandle(batchId).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return;
    throw error;
  }
  if (taskQueue === workflowQueueOf(targetFingerprint)) return;
  throw new ForeignBatchError(
    [
      `This Temporal server has the batch ${batchId} with other settings, so it is not started here. Its charges are recorded in another storage, and its cards could be charged again.`,
      'Set CARDLIFT_STORAGE, CARDLIFT_GATEWAY, its base URL, CARDLIFT_ACCOUNT and --live as they were when it was started.',
    ].join('\n'),
  );
}
