import { Context, sleep } from '@temporalio/activity';
import type { Intent, ShardRef } from '../storage/storage.ts';
import type { OpenBatch } from './batch-access.ts';
import type { ActivityDeps } from './deps.ts';
import { longestSendMs, waitedForUntilMs } from './intent-deadline.ts';

/** How often the closing of a shard checks its open intents for results. */
const openIntentPollMs = 1_000;

/**
 * Waits until each intent has its result or its owner's time is over. Returns the intents. A
 * deadline is by another host's clock, so this process also measures: no owner takes longer than a
 * send may take from now on.
 */
export async function waitForOwners(
  { storage, nowMs, monotonicMs }: ActivityDeps,
  batch: OpenBatch,
  ref: ShardRef,
): Promise<Intent[]> {
  const { gatewayTimeoutMs } = batch.record;
  const patienceEndsMs = monotonicMs() + longestSendMs(gatewayTimeoutMs);
  for (;;) {
    const intents = await storage.intents.list(ref);
    // Nothing in an altered intent can be believed, and its result never comes.
    const open = intents.filter(({ result, isAltered }) => result === undefined && isAltered !== true);
    const deadlineMs = Math.max(0, ...open.map(({ head }) => waitedForUntilMs(head, gatewayTimeoutMs)));
    const waitMs = Math.min(deadlineMs - nowMs(), patienceEndsMs - monotonicMs());
    if (waitMs <= 0) return intents;
    Context.current().heartbeat({ openIntents: open.length });
    await sleep(Math.min(waitMs, openIntentPollMs));
  }
}
