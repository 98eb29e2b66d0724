/* Ends a pass on this machine: cancels it and publishes its results. */
import { isDeepStrictEqual } from 'node:util';
import type { AppContext } from '../../app/app-context.ts';
import { readManifest } from '../../results/manifest.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { cancelBatch } from '../../temporal/batch-client.ts';
import { runningPassOf } from '../../temporal/pass-start.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { auditNewsOf, type Reason } from '../audit-news.ts';
import { readOwnProgress } from '../controls/go-on.ts';
import { type FollowEnd, type FollowObserver, followBatch } from '../follow/follow-batch.ts';
import { beginPass } from './begin-pass.ts';

/** A worker that received a cancel ends an earlier hold within moments. */
const holdEndsWithinMs = 10_000;

export interface ClosePassInput extends Reason {
  readonly pass: number;
  readonly signal: AbortSignal;
  readonly observer: FollowObserver;
}

/**
 * Cancels the pass and follows it until its results are published. A running workflow is cancelled.
 * A workflow that Temporal has lost is started again, only to close and publish. So is one that was
 * cancelled before it read its staging, since it ends without results. A worker of this process
 * must be running.
 */
export async function closePass(
  context: AppContext,
  access: TemporalAccess,
  record: BatchRecord,
  { pass, signal, observer, ...reason }: ClosePassInput,
): Promise<FollowEnd> {
  const { client } = access;
  const { batchId } = record;
  const storage = await context.storage();
  await appendAudit(storage, batchId, auditNewsOf(context, 'cancel', reason));
  for (;;) {
    const wasRunning = (await runningPassOf(access, batchId)) === pass;
    await beginPass(context, access, record, pass, { closesOnly: true });
    const before = wasRunning ? (await readOwnProgress(client, batchId)).hold : undefined;
    if (wasRunning) await cancelBatch(client, batchId);
    const untilMs = Date.now() + holdEndsWithinMs;
    const end = await followBatch({
      client,
      batchId,
      signal,
      observer,
      isStale: (hold) => isDeepStrictEqual(hold, before) && Date.now() < untilMs,
    });
    const published = (await readManifest(storage, batchId))?.pass ?? 0;
    if (!wasRunning || end.kind !== 'closed' || published >= pass) return end;
  }
}
