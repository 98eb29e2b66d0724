import {
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { HoldReason } from '../contract/hold.ts';

/**
 * Why a batch holds if a shard's workflow ends without closing the shard. `error`: what its start
 * or its end rejected with; undefined: it was cancelled, and gave its rows back.
 */
export function shardEndOf(shard: number, error?: unknown): HoldReason {
  return { code: 'shard_ended', text: `The workflow of shard ${shard} ${describe(error)}`, count: 1 };
}

function describe(error: unknown): string {
  if (error !== undefined && !(error instanceof ChildWorkflowFailure)) {
    return `could not be started (${error instanceof Error ? error.name : 'unknown error'})`;
  }
  const { cause } = error ?? {};
  if (cause === undefined || cause instanceof CancelledFailure) return 'was cancelled from outside';
  // Temporal terminates a workflow before it deletes it.
  if (cause instanceof TerminatedFailure) return 'was terminated or deleted from outside';
  if (cause instanceof TimeoutFailure) return 'timed out';
  return `failed (${cause.name})`;
}
