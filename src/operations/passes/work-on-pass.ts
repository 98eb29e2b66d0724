/* Works on a pass in this process until it ends or holds, or the signal aborts. */

import { createActivityDeps } from '../../app/activity-deps.ts';
import type { AppContext } from '../../app/app-context.ts';
import { startProcessWorker } from '../../app/worker-process.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { readProgress, waitForNotices } from '../../temporal/batch-client.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { mayHaveOtherWorker } from '../../temporal/worker-presence.ts';
import type { RunningWorker } from '../../temporal/worker-supervision.ts';
import { joinOwnTemporal } from '../batch-session.ts';
import { type GoOnRequest, goOn } from '../controls/go-on.ts';
import { EngineFailed } from '../errors.ts';
import type { FollowEnd, FollowObserver } from '../follow/follow-batch.ts';
import { refuseOtherTarget } from '../other-target.ts';
import { describeRunAgain } from '../run-again.ts';
import { beginPass } from './begin-pass.ts';
import { closePass } from './close-pass.ts';
import type { EarlyEngine } from './early-engine.ts';

export interface WorkRequest extends GoOnRequest {
  readonly pass: number;
  /** Ends the pass. Rows that were not sent become `not_sent`, or keep their outcome. */
  readonly cancel?: boolean;
}

export interface WorkEvents {
  /** Temporal and the worker are running. */
  onConnected(access: TemporalAccess): void;
  /** The batch was resumed or approved. */
  onContinued(how: { readonly isResumed: boolean; readonly isApproved: boolean }): void;
  /** Follows the pass, which has started. */
  follow(access: TemporalAccess): Promise<FollowEnd>;
  /** Observes a pass that is being cancelled. */
  readonly observer: FollowObserver;
}

/** How the work ended. */
export interface WorkEnd {
  readonly end: FollowEnd;
  /** True if the operator left a paused batch. It continues only on request. */
  readonly isPaused: boolean;
  /** True if the batch holds and a long-running worker also serves it. */
  readonly hasOtherWorker: boolean;
}

/**
 * A healthy receiver accepts a notice in a fraction of this time. A broken one must not delay the
 * operator.
 */
const longestNoticeMs = 10_000;

/**
 * Starts a worker and, unless it is running, the pass. Throws OperationRefused, ConfigError and
 * EngineFailed.
 */
export async function workOnPass(
  context: AppContext,
  record: BatchRecord,
  request: WorkRequest,
  events: WorkEvents,
  signal: AbortSignal,
  join: EarlyEngine['join'] = () => joinOwnTemporal(context),
): Promise<WorkEnd> {
  const { batchId } = record;
  const deps = await createActivityDeps(context, record.isLive);
  await refuseOtherTarget(context, record);
  let access: TemporalAccess | undefined;
  let worker: RunningWorker | undefined;
  try {
    access = await join();
    worker = await startProcessWorker(context, access, deps, record.gatewayTimeoutMs);
    events.onConnected(access);
    const stopped = worker.stopped.then((): never => {
      throw new EngineFailed(
        `The worker stopped unexpectedly. To continue:\n  ${describeRunAgain(record, request.pass)}${request.cancel === true ? ' --cancel' : ''}`,
      );
    });
    const end = await Promise.race([
      request.cancel === true
        ? closePass(context, access, record, { ...request, signal, observer: events.observer })
        : sendPass(context, access, record, request, events),
      stopped,
    ]);
    if (end.kind !== 'interrupted' && record.notifyUrl !== undefined) {
      await waitForNotices(access.client, batchId, longestNoticeMs).catch(() => undefined);
    }
    const isPaused =
      end.kind === 'interrupted' && request.cancel !== true ? await readIsPaused(access, batchId) : false;
    await worker.stop();
    worker = undefined;
    const hasOtherWorker = end.kind === 'on_hold' && (await isWorkedOnElsewhere(access, record));
    return { end, isPaused, hasOtherWorker };
  } finally {
    try {
      await worker?.stop();
    } finally {
      // Also after a failure of the worker: otherwise a Temporal server of this process would keep
      // running.
      await access?.release();
    }
  }
}

async function sendPass(
  context: AppContext,
  access: TemporalAccess,
  record: BatchRecord,
  request: WorkRequest,
  events: WorkEvents,
): Promise<FollowEnd> {
  const runAgain = describeRunAgain(record, request.pass);
  await beginPass(context, access, record, request.pass);
  events.onContinued(await goOn(context, access.client, record.batchId, request, runAgain));
  return await events.follow(access);
}

async function readIsPaused({ client }: TemporalAccess, batchId: string): Promise<boolean> {
  return await readProgress(client, batchId).then(
    ({ phase }) => phase === 'paused',
    () => false,
  );
}

/** True if a long-running worker answers for the batch, now that this process's own has stopped. */
async function isWorkedOnElsewhere(
  access: TemporalAccess,
  { batchId, targetFingerprint }: BatchRecord,
): Promise<boolean> {
  try {
    if (!(await mayHaveOtherWorker(access, targetFingerprint, Date.now()))) return false;
    await readProgress(access.client, batchId);
    return true;
  } catch {
    return false;
  }
}
