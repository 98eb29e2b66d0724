import { condition } from '@temporalio/workflow';

/**
 * Rejects if the workflow was cancelled. The SDK tells so only where a workflow waits, so this
 * waits for nothing.
 */
export async function rejectIfCancelled(): Promise<void> {
  await condition(() => true);
}
