import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import {
  batchHoldFailure,
  notProcessedFailure,
  shardSealedFailure,
  slotWaitFailure,
} from '../contract/failure-types.ts';
import type { HoldCode, HoldReason } from '../contract/hold.ts';

/**
 * The reason to hold that a failed activity gives. An activity that fails permanently in another
 * way is a reason too: the batch waits for a person instead of failing, since its rows are safe in
 * the storage. Cancellation is no reason.
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
 * True if a row's activity was due for a retry (not processed, or waiting for its slot), but
 * Temporal ended it with its last failure, as it does if the activity was cancelled meanwhile. The
 * row is unchanged, so this is no fault.
 */
export function isGivenBack(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  const type = typeOf(error);
  if (type === notProcessedFailure || type === slotWaitFailure) return true;
  return error.retryState === 'CANCEL_REQUESTED' && type !== batchHoldFailure;
}

/**
 * True if another run of the shard has closed it: the row's outcome is in the outcome file, or will
 * be.
 */
export function isShardSealed(error: unknown): boolean {
  return typeOf(error) === shardSealedFailure;
}

/** The type of an activity's own failure; undefined for any other error. */
function typeOf(error: unknown): string | undefined {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return undefined;
  return error.cause.type ?? undefined;
}
