import { condition } from '@temporalio/workflow';

/**
 * Rejects if the workflow was cancelled. The SDK reports that only when a workflow waits, so this
 * waits for nothing.
 */
export async function rejectIfCancelled(): Promise<void> {
  await condition(() => true);
}
