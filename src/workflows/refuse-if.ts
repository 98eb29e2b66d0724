import { ApplicationFailure } from '@temporalio/workflow';
import { controlRefusedFailure } from '../contract/failure-types.ts';

/**
 * Refuses an update from its validator: the update leaves nothing in the history, and its sender
 * reads the message.
 */
export function refuseIf(isRefused: boolean, message: string, type = controlRefusedFailure): void {
  if (isRefused) throw ApplicationFailure.create({ type, message, nonRetryable: true });
}
