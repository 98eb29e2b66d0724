import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { batchHoldFailure, notProcessedFailure, slotWaitFailure } from '../contract/activities.ts';
import type { HoldCode, HoldReason } from '../contract/hold.ts';

/**
 * The reason to hold that a failed activity gives. An activity that fails for good in another way is a reason too: the
 * batch waits for a person instead of failing, since its rows are safe in the storage. Cancellation is no reason.
 */
export function holdReasonOf(error: unknown, otherwise: HoldCode): HoldReason | undefined {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) {
    return undefined;
  }
  const { cause } = error;
  if (cause instanceof ApplicationFailure && cause.type === batchHoldFailure) {
    const [reason] = (cause.details ?? []) as HoldReason[];
    if (reason !== undefined) return reason;
  }
  return { code: otherwise, text: cause?.message ?? 'An activity failed', count: 1 };
}

/**
 * True where a row's activity was to be tried again (not processed, waiting for its turn), and Temporal ended it with its
 * last failure all the same, as it does where the activity was cancelled meanwhile. The row is as it was; that is no fault.
 */
export function isGivenBack(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  const type = error.cause instanceof ApplicationFailure ? error.cause.type : undefined;
  if (type === notProcessedFailure || type === slotWaitFailure) return true;
  return error.retryState === 'CANCEL_REQUESTED' && type !== batchHoldFailure;
}
