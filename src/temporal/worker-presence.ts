/*
 * Whether workers are there, by Temporal's own account: for some minutes it remembers who asked its queues for work, and
 * when. So a worker that is too busy to answer in time is told from none at all.
 */
import { hostname } from 'node:os';
import { activityQueueOf, workflowQueueOf } from '../contract/ids.ts';
import { type TemporalAccess, TemporalUnreachableError } from './temporal-access.ts';

/** `silent`: somebody asked for work so long ago, and is busy, or has stopped since. */
export type WorkerPresence =
  | { readonly kind: 'none' }
  | { readonly kind: 'silent'; readonly askedMsAgo: number };

/** A worker with nothing to do asks anew every minute. */
const asksWithinMs = 75_000;
/** A server that is there answers in a fraction of it; a command has waited for the worker already. */
const answerTimeoutMs = 1_000;

/** Looks who might be there where no worker with this set-up answered. Throws TemporalUnreachableError. */
export async function findSilentWorker(
  access: Pick<TemporalAccess, 'client' | 'namespace' | 'address'>,
  targetFingerprint: string,
  nowMs: number,
): Promise<WorkerPresence> {
  const { connection } = access.client;
  try {
    const askedAtMs = await connection.withDeadline(Date.now() + answerTimeoutMs, () =>
      lastAskedAtMs(access, 'workflow', targetFingerprint),
    );
    const askedMsAgo = Math.max(0, nowMs - (askedAtMs ?? 0));
    return askedMsAgo > asksWithinMs ? { kind: 'none' } : { kind: 'silent', askedMsAgo };
  } catch {
    throw new TemporalUnreachableError(
      `Temporal at ${access.address} does not respond. Check that it is running`,
    );
  }
}

/** True where a worker with this set-up asks both of its queues for work. Rejects where the server does not answer. */
export async function hasWorker(
  access: Pick<TemporalAccess, 'client' | 'namespace'>,
  targetFingerprint: string,
  nowMs: number,
): Promise<boolean> {
  const asked = await Promise.all(
    (['workflow', 'rows'] as const).map((kind) => lastAskedAtMs(access, kind, targetFingerprint)),
  );
  return asked.every((atMs) => atMs !== undefined && nowMs - atMs <= asksWithinMs);
}

/** True if another process than this one, with this set-up, asked for work lately. It may have stopped since. */
export async function mayHaveOtherWorker(
  access: Pick<TemporalAccess, 'client' | 'namespace'>,
  targetFingerprint: string,
  nowMs: number,
): Promise<boolean> {
  const own = `${process.pid}@${hostname()}`;
  const atMs = await lastAskedAtMs(access, 'workflow', targetFingerprint, own);
  return atMs !== undefined && nowMs - atMs <= asksWithinMs;
}

/** When somebody last asked the queue for work, or undefined where nobody did lately. */
async function lastAskedAtMs(
  { client, namespace }: Pick<TemporalAccess, 'client' | 'namespace'>,
  kind: 'workflow' | 'rows',
  targetFingerprint: string,
  except?: string,
): Promise<number | undefined> {
  const name = kind === 'workflow' ? workflowQueueOf(targetFingerprint) : activityQueueOf(targetFingerprint);
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: kind === 'workflow' ? 1 : 2,
  });
  const times = (pollers ?? [])
    .filter(({ identity }) => identity !== except)
    .map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000);
  return times.length === 0 ? undefined : Math.max(...times);
}
