/* Ends a pass on this machine: it is cancelled, and its results are published. */
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

/** A cancel that a worker has heard of ends the hold before it within moments. */
const holdEndsWithinMs = 10_000;

export interface ClosePassInput extends Reason {
  readonly pass: number;
  readonly signal: AbortSignal;
  readonly observer: FollowObserver;
}

/**
 * Cancels the pass and follows it until its results are published. A workflow that runs is cancelled; one that Temporal has
 * lost is begun anew to close and publish only. So is one that heard of the cancellation before it had looked at its staging,
 * and so ended without results. A worker of this process is running.
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
