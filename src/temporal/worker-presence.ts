/*
 * Which workers exist according to Temporal, which remembers for some minutes when each worker last
 * polled its queues. Distinguishes a worker too busy to answer from no worker at all.
 */
import { hostname } from 'node:os';
import { activityQueueOf, workflowQueueOf } from '../contract/ids.ts';
import type { TemporalAccess } from './temporal-access.ts';
import { TemporalUnreachableError } from './temporal-unreachable-error.ts';

/** `silent`: a worker polled `polledMsAgo` ago; it is busy, or has stopped since. */
export type WorkerPresence =
  | { readonly kind: 'none' }
  | { readonly kind: 'silent'; readonly polledMsAgo: number };

/** An idle worker polls every minute. */
const pollsWithinMs = 75_000;
/** A live server answers much faster, and the command has already waited for the worker. */
const answerTimeoutMs = 1_000;

/** Finds out why no worker with this target answered. Throws TemporalUnreachableError. */
export async function findWorkerPresence(
  access: Pick<TemporalAccess, 'client' | 'namespace' | 'address'>,
  targetFingerprint: string,
  nowMs: number,
): Promise<WorkerPresence> {
  const { connection } = access.client;
  try {
    const polledAtMs = await connection.withDeadline(Date.now() + answerTimeoutMs, () =>
      lastPolledAtMs(access, 'workflow', targetFingerprint),
    );
    const polledMsAgo = Math.max(0, nowMs - (polledAtMs ?? 0));
    return polledMsAgo > pollsWithinMs ? { kind: 'none' } : { kind: 'silent', polledMsAgo };
  } catch {
    throw new TemporalUnreachableError(
      `Temporal at ${access.address} does not respond. Check that it is running`,
    );
  }
}

/**
 * True if a worker with this target polls both of its queues. Rejects if the server does not
 * answer.
 */
export async function hasWorker(
  access: Pick<TemporalAccess, 'client' | 'namespace'>,
  targetFingerprint: string,
  nowMs: number,
): Promise<boolean> {
  const asked = await Promise.all(
    (['workflow', 'rows'] as const).map((kind) => lastPolledAtMs(access, kind, targetFingerprint)),
  );
  return asked.every((atMs) => atMs !== undefined && nowMs - atMs <= pollsWithinMs);
}

/**
 * True if a process other than this one, with this target, polled recently. It may have stopped
 * since.
 */
export async function mayHaveOtherWorker(
  access: Pick<TemporalAccess, 'client' | 'namespace'>,
  targetFingerprint: string,
  nowMs: number,
): Promise<boolean> {
  const own = `${process.pid}@${hostname()}`;
  const atMs = await lastPolledAtMs(access, 'workflow', targetFingerprint, own);
  return atMs !== undefined && nowMs - atMs <= pollsWithinMs;
}

/** When the queue was last polled, in Unix milliseconds; undefined if not recently. */
async function lastPolledAtMs(
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
