/* Works on a batch on this machine until it ends, holds, or the operator goes away: what `run` and `redrive` have in common. */
import { answerGraceMs } from '../gateway/http-gateway.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { waitForNotices } from '../temporal/batch-client.ts';
import { joinTemporal, type TemporalAccess } from '../temporal/temporal-access.ts';
import type { RunningWorker } from '../temporal/worker-supervision.ts';
import { describeRunAgain } from './batch-access.ts';
import { tellEnd } from './batch-end.ts';
import { beginPass } from './begin-pass.ts';
import { CliError } from './cli-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { FollowEnd } from './follow-batch.ts';
import { followAcrossApproval, type GoOnOptions, goOn } from './go-on.ts';
import { listenForInterrupt } from './interrupt.ts';
import { slownessOf } from './pace-text.ts';
import { createActivityDeps, type Workplace } from './workplace.ts';

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
  place: Workplace,
  record: BatchRecord,
  options: WorkOptions,
): Promise<ExitCode> {
  const { terminal, logger, config } = place;
  const { batchId } = record;
  const runAgain = describeRunAgain(record, options.pass);
  const deps = await createActivityDeps(place, record.isLive);
  if (deps.binding !== record.binding) {
    throw new CliError(
      `The batch ${batchId} was started for another set-up (gateway ${record.baseUrl}): set PAYMENT_OPTIONS_BASE_URL, CARDLIFT_ACCOUNT and --live as they were then`,
    );
  }
  const interrupt = listenForInterrupt(() =>
    terminal.tell('Stopping: rows under way are ended first. Ctrl-C again stops at once.'),
  );
  let access: TemporalAccess | undefined;
  let worker: RunningWorker | undefined;
  let end: FollowEnd;
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
    await beginPass(access, deps.storage, record, options.pass);
    terminal.tell(`Temporal  ${describePage(access, batchId)}`);
    await goOn(place, access, batchId, options);
    end = await Promise.race([
      followAcrossApproval(place, access, batchId, interrupt.signal, slownessOf(deps.storage, record)),
      worker.stopped.then((): never => {
        throw new CliError('The worker stopped by itself; the same command goes on', exitCodes.engine);
      }),
    ]);
    if (end.kind !== 'interrupted' && record.notifyUrl !== undefined) {
      await waitForNotices(access.client, batchId, longestNoticeMs).catch(() => undefined);
    }
  } finally {
    try {
      await worker?.stop();
    } finally {
      // Where the worker failed too: nobody else would end a Temporal server that this command started.
      await access?.release();
      interrupt.forget();
    }
  }
  return await tellEnd(place, {
    batchId,
    pass: options.pass,
    end,
    goOn: runAgain,
    runAgain,
    ...(options.out === undefined ? {} : { out: options.out }),
    ...(options.json === undefined ? {} : { json: true }),
  });
}

/** Where the operator watches the batch. */
export function describePage({ uiUrl, address, namespace }: TemporalAccess, batchId: string): string {
  return uiUrl === undefined
    ? `${address}, namespace ${namespace}, workflow ${batchId}`
    : `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(batchId)}`;
}
