/*
 * Works on a batch on this machine until it ends, holds, or the operator leaves. `run` and
 * `redrive` share it.
 */

import { definedOf } from '../domain/defined.ts';
import type { EarlyEngine } from '../operations/passes/early-engine.ts';
import { type WorkEvents, workOnPass } from '../operations/passes/work-on-pass.ts';
import { describeRunAgain } from '../operations/run-again.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { reportEnd } from './batch-end.ts';
import type { CliContext } from './cli-context.ts';
import type { ExitCode } from './exit-codes.ts';
import { followAcrossApproval, type GoOnOptions, goOnRequestOf } from './go-on-options.ts';
import { listenForInterrupt } from './interrupt.ts';
import { createFollowView } from './output/follow-view.ts';
import { slownessOf } from './output/limits-text.ts';
import { describePage } from './output/temporal-page.ts';

export interface WorkOptions extends GoOnOptions {
  readonly pass: number;
  readonly out?: string;
  readonly json?: true;
}

/**
 * Starts a worker and, unless it is running, the pass. Follows it to its end and returns the exit
 * code.
 */
export async function workOnBatch(
  context: CliContext,
  record: BatchRecord,
  options: WorkOptions,
  engine?: EarlyEngine,
): Promise<ExitCode> {
  const { terminal } = context;
  const { batchId } = record;
  const { pass, cancel, out, json } = options;
  const runAgain = describeRunAgain(record, pass);
  const interrupt = listenForInterrupt(() =>
    terminal.report('Stopping: in-flight requests finish first. Press Ctrl-C again to stop immediately.'),
  );
  const { signal } = interrupt;
  const events: WorkEvents = {
    onConnected: (access) => terminal.report(`Temporal  ${describePage(access, batchId)}`),
    onContinued({ isResumed, isApproved }) {
      if (isResumed) terminal.report('Resumed.');
      if (isApproved) terminal.report('Approved.');
    },
    follow: (access) => followAcrossApproval(context, access, batchId, signal, slownessOf(context, record)),
    observer: createFollowView({ terminal, batchId, isEnding: true }),
  };
  const request = { ...goOnRequestOf(options), pass, cancel: cancel === true };
  const { end, isPaused, hasOtherWorker } = await workOnPass(
    context,
    record,
    request,
    events,
    signal,
    engine?.join,
  ).finally(() => interrupt.forget());
  return await reportEnd(context, {
    batchId,
    pass,
    end,
    continueCommand: cancel === true ? `${runAgain} --cancel` : isPaused ? `${runAgain} --resume` : runAgain,
    runAgain,
    hasWorker: hasOtherWorker,
    ...definedOf({ out, json }),
  });
}
