/*
 * Under a rate limit answers come one by one. If each completed its activity at once, each would
 * cost a workflow task of its own: three more events in the history, and more work for the server
 * than the row itself. So the activities of all workers complete together, at each tenth of a
 * second of the wall clock. This costs no time as long as other rows wait here for their slot.
 * Otherwise the next row may depend on this answer, and its activity completes at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RateLimiter } from '../rate-limit/rate-limiter.ts';

const completionBatchMs = 100;

/**
 * Waits for the next completion batch, if enough rows wait here to use the rate until after it. The
 * answer must already be durable.
 */
export async function waitForCompletionBatch(
  rateLimiter: RateLimiter,
  batchId: string,
  nowMs: number,
): Promise<void> {
  if (rateLimiter.hasRowsFor(batchId, 2 * completionBatchMs))
    await sleep(completionBatchMs - (nowMs % completionBatchMs));
}
