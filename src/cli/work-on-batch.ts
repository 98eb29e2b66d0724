/* Works on a batch on this machine until it ends, holds, or the operator goes away: what `run` and `redrive` have in common. */

import { isDeepStrictEqual } from 'node:util';
import { createActivityDeps } from '../app/activity-deps.ts';
import { definedOf } from '../domain/defined.ts';
import { answerGraceMs } from '../gateway/http-gateway.ts';
import { auditNewsOf } from '../operations/audit-news.ts';
import { beginPass } from '../operations/passes/begin-pass.ts';
import { describeRunAgain } from '../operations/run-again.ts';
import { readManifest } from '../results/manifest.ts';
import { appendAudit } from '../storage/audit-log.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { mayHaveSent } from '../storage/send-decision.ts';
import type { Storage } from '../storage/storage.ts';
import { cancelBatch, readProgress, waitForNotices } from '../temporal/batch-client.ts';
import { runningPassOf } from '../temporal/pass-start.ts';
import { joinTemporal, type TemporalAccess } from '../temporal/temporal-access.ts';
import { mayHaveOtherWorker } from '../temporal/worker-presence.ts';
import type { RunningWorker } from '../temporal/worker-supervision.ts';
import { reportEnd } from './batch-end.ts';
import type { CliContext } from './cli-context.ts';
import { CliError } from './cli-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type FollowEnd, followBatch } from './follow-batch.ts';
import { followAcrossApproval, type GoOnOptions, goOn, readOwnProgress } from './go-on.ts';
import { listenForInterrupt } from './interrupt.ts';
import { slownessOf } from './output/limits-text.ts';

export interface WorkOptions extends GoOnOptions {
  readonly pass: number;
  readonly out?: string;
  readonly json?: true;
}

/** A receiver that is well has its notice in a fraction of it; one that is not may not keep the operator. */
const longestNoticeMs = 10_000;

/** A worker that stops waits for rows under way: the time-out, the grace, and the writing of the end. */
export const graceMsOf = (gatewayTimeoutMs: number): number => gatewayTimeoutMs + answerGraceMs + 10_000;

/** Starts a worker and the pass, unless it runs already, and follows it to its end; gives the exit code. */
export async function workOnBatch(
  context: CliContext,
  record: BatchRecord,
  options: WorkOptions,
): Promise<ExitCode> {
  const { terminal, logger, config } = context;
  const { batchId } = record;
  const runAgain = describeRunAgain(record, options.pass);
  const deps = await createActivityDeps(context, record.isLive);
  if (deps.targetFingerprint !== record.targetFingerprint) {
    const isUnsent = !(await mayHaveSent(deps.storage, batchId));
    throw new CliError(
      `The batch ${batchId} was started for another set-up (gateway ${record.baseUrl}): set PAYMENT_OPTIONS_BASE_URL, CARDLIFT_ACCOUNT and --live as they were then${isUnsent ? `. Nothing of it was sent yet, so it can be ended, and the file started again, with\n  cardlift cancel ${batchId}` : ''}`,
    );
  }
  const interrupt = listenForInterrupt(() =>
    terminal.report('Stopping: rows under way are ended first. Ctrl-C again stops at once.'),
  );
  let access: TemporalAccess | undefined;
  let worker: RunningWorker | undefined;
  let end: FollowEnd;
  let hasWorker = false;
  let goOnWith = options.cancel === true ? `${runAgain} --cancel` : runAgain;
  try {
    access = await joinTemporal(config.home, logger);
    // Loaded here: it takes half a second, which no other command shall pay.
    const { startWorker } = await import('../temporal/worker-assembly.ts');
    worker = await startWorker({
      connectionOptions: access.connectionOptions,
      namespace: access.namespace,
      deps,
      logger,
      shutdownGraceMs: graceMsOf(record.gatewayTimeoutMs),
    });
    terminal.report(`Temporal  ${describePage(access, batchId)}`);
    const stopped = worker.stopped.then((): never => {
      throw new CliError(
        `The worker stopped by itself. Go on with\n  ${runAgain}${options.cancel === true ? ' --cancel' : ''}`,
        exitCodes.engine,
      );
    });
    const work = { context, access, record, signal: interrupt.signal, storage: deps.storage };
    end = await Promise.race([
      options.cancel === true ? closeBatch(work, options) : sendBatch(work, options),
      stopped,
    ]);
    if (end.kind !== 'interrupted' && record.notifyUrl !== undefined) {
      await waitForNotices(access.client, batchId, longestNoticeMs).catch(() => undefined);
    }
    if (end.kind === 'interrupted' && options.cancel !== true) {
      goOnWith = (await isPaused(access, batchId)) ? `${runAgain} --resume` : runAgain;
    }
    await worker.stop();
    worker = undefined;
    if (end.kind === 'on_hold') hasWorker = await isWorkedOnElsewhere(access, record);
  } finally {
    try {
      await worker?.stop();
    } finally {
      // Where the worker failed too: nobody else would end a Temporal server that this command started.
      await access?.release();
      interrupt.forget();
    }
  }
  return await reportEnd(context, {
    batchId,
    pass: options.pass,
    end,
    goOn: goOnWith,
    runAgain,
    hasWorker,
    ...definedOf({ out: options.out }),
    ...(options.json === undefined ? {} : { json: true }),
  });
}

interface Work {
  readonly context: CliContext;
  readonly access: TemporalAccess;
  readonly record: BatchRecord;
  readonly storage: Storage;
  readonly signal: AbortSignal;
}

async function sendBatch(work: Work, options: WorkOptions): Promise<FollowEnd> {
  const { context, access, record, storage, signal } = work;
  await beginPass(access, storage, record, options.pass);
  await goOn(context, access, record.batchId, options, describeRunAgain(record, options.pass));
  return await followAcrossApproval(context, access, record.batchId, signal, slownessOf(storage, record));
}

/** A cancel that a worker has heard of ends the hold before it within moments. */
const holdEndsWithinMs = 10_000;

/**
 * Cancels the pass and follows it until its results are published. A workflow that runs is cancelled; one that Temporal has
 * lost is begun anew to close and publish only. So is one that heard of the cancellation before it had looked at its staging,
 * and so ended without results.
 */
async function closeBatch(work: Work, options: WorkOptions): Promise<FollowEnd> {
  const { context, access, record, storage, signal } = work;
  const { client } = access;
  const { batchId } = record;
  const { pass } = options;
  await appendAudit(storage, batchId, auditNewsOf('cancel', options));
  for (;;) {
    const wasRunning = (await runningPassOf(access, batchId)) === pass;
    await beginPass(access, storage, record, pass, { closesOnly: true });
    const before = wasRunning ? (await readOwnProgress(client, batchId)).hold : undefined;
    if (wasRunning) await cancelBatch(client, batchId);
    const untilMs = Date.now() + holdEndsWithinMs;
    const end = await followBatch({
      client,
      batchId,
      terminal: context.terminal,
      signal,
      isStale: (hold) => isDeepStrictEqual(hold, before) && Date.now() < untilMs,
    });
    const published = (await readManifest(storage, batchId))?.pass ?? 0;
    if (!wasRunning || end.kind !== 'closed' || published >= pass) return end;
  }
}

/** Paused, a batch goes on only if that is asked for. */
async function isPaused({ client }: TemporalAccess, batchId: string): Promise<boolean> {
  return await readProgress(client, batchId).then(
    ({ phase }) => phase === 'paused',
    () => false,
  );
}

/** True if a worker that stays answers for the batch, now that this process's own has stopped. */
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

/** Where the operator watches the batch. */
export function describePage({ uiUrl, address, namespace }: TemporalAccess, batchId: string): string {
  return uiUrl === undefined
    ? `${address}, namespace ${namespace}, workflow ${batchId}`
    : `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(batchId)}`;
}
