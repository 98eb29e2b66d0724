/*
 * At a rate answers come one by one. Told one by one, each is a workflow task of its own: three more events in the history
 * and more work for the server than the row itself. So answers are told together, by the clock: those of several workers
 * too. That costs nothing as long as other rows wait here for their turn; otherwise the next row may depend on this answer,
 * and it is told at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RateLimiter } from '../rate-limit/rate-limiter.ts';

const completionBatchMs = 100;

/** Waits for the next beat, where enough rows wait here to keep the rate until after it. The answer is durable before. */
export async function waitForCompletionBatch(
  rateLimiter: RateLimiter,
  batchId: string,
  nowMs: number,
): Promise<void> {
  if (rateLimiter.hasRowsFor(batchId, 2 * completionBatchMs))
    await sleep(completionBatchMs - (nowMs % completionBatchMs));
}
