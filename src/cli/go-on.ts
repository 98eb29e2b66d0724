/* What an operator says to a batch that waits: by options of the command, or when asked on a terminal. */

import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { BatchProgress } from '../contract/workflows.ts';
import {
  approveUpdateName,
  resumeUpdateName,
  type SetToleranceInput,
  setToleranceUpdateName,
} from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import { adviceOf } from '../domain/hold-advice.ts';
import { callerOf } from '../operations/audit-news.ts';
import { controlBatch, NoWorkerError, readBatchStatus, readProgress } from '../temporal/batch-client.ts';
import type { TemporalAccess } from '../temporal/temporal-access.ts';
import { askForApproval, type BatchNow } from './canary-question.ts';
import type { CliContext } from './cli-context.ts';
import { CliError } from './cli-error.ts';
import { type FollowEnd, followBatch } from './follow-batch.ts';
import type { Terminal } from './terminal.ts';

export interface GoOnOptions {
  /** Takes the batch off a pause or a hold. */
  readonly resume?: true;
  /** Takes it on after its canary. */
  readonly approve?: true;
  /** Ends it: rows that were not sent become `not_sent`. */
  readonly cancel?: true;
  /** With one of them: the share of rows without a token that is tolerated from now on, in percent. */
  readonly tolerate?: number;
  readonly reason?: string;
}

/** Refuses a command line that both goes on with a batch and ends it. Throws CliError. */
export function refuseTwoWays({ resume, approve, cancel }: GoOnOptions): void {
  if (cancel === true && (resume === true || approve === true)) {
    throw new CliError('Give either --cancel, or --resume and --approve: nothing was done');
  }
}

/** A worker that takes longer than this to answer is not busy but broken. */
const ownWorkerTimeoutMs = 30_000;

/** Takes an open batch off what it waits for, where the operator says so by an option. */
export async function goOn(
  { terminal }: CliContext,
  { client }: TemporalAccess,
  batchId: string,
  options: GoOnOptions,
  runAgain: string,
): Promise<void> {
  if (options.resume !== true && options.approve !== true) return;
  const { phase, tolerancePercent, hold } = await readOwnProgress(client, batchId);
  if (hold !== undefined && adviceOf(hold.code).goOn === 'never') {
    throw new CliError(
      `Cannot go on with the batch (${hold.code}): ${hold.text}. ${adviceOf(hold.code).first}:\n  ${runAgain} --cancel`,
    );
  }
  const caller = callerOf(options);
  if (options.tolerate !== undefined && options.tolerate !== tolerancePercent) {
    const input: SetToleranceInput = { ...caller, percent: options.tolerate };
    await controlBatch(client, batchId, setToleranceUpdateName, input);
  }
  if (options.resume === true && (phase === 'paused' || phase === 'on_hold')) {
    await controlBatch(client, batchId, resumeUpdateName, caller);
    terminal.report('Resumed.');
  }
  if (options.approve === true && phase === 'waiting_for_approval') {
    await controlBatch(client, batchId, approveUpdateName, caller);
    terminal.report('Approved.');
  }
}

/** The worker is this process's own: it has begun, and answers once a busy machine lets it. */
export async function readOwnProgress(client: Client, batchId: string): Promise<BatchProgress> {
  const endMs = Date.now() + ownWorkerTimeoutMs;
  for (;;) {
    try {
      return await readProgress(client, batchId);
    } catch (error) {
      if (!(error instanceof NoWorkerError) || Date.now() >= endMs) throw error;
      await delay(250);
    }
  }
}

/** Follows the batch; on a terminal the operator is asked when the canary waits for approval. */
export async function followAcrossApproval(
  { terminal }: CliContext,
  { client }: TemporalAccess,
  batchId: string,
  signal: AbortSignal,
  describeSlowness: () => Promise<string | undefined>,
): Promise<FollowEnd> {
  for (;;) {
    const end = await followBatch({ client, batchId, terminal, signal, describeSlowness });
    if (end.kind !== 'on_hold' || end.hold.code !== 'canary_sent' || !terminal.isInteractive) return end;
    const answer = await askForApproval({
      terminal,
      hold: end.hold,
      signal,
      readNow: () => readNow(client, batchId),
      approve: () => approve(client, batchId, terminal),
    });
    if (signal.aborted) return { kind: 'interrupted' };
    if (answer === 'waits') return end;
  }
}

async function readNow(client: Client, batchId: string): Promise<BatchNow> {
  const status = await readBatchStatus(client, batchId);
  if (status !== 'running') return { phase: status };
  const { phase, hold } = await readProgress(client, batchId);
  return { phase: phase.replaceAll('_', ' '), ...definedOf({ hold }) };
}

/** A batch that refuses was decided on in the moment before: it is followed on. */
async function approve(client: Client, batchId: string, terminal: Terminal): Promise<void> {
  try {
    await controlBatch(client, batchId, approveUpdateName, callerOf({}));
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      terminal.report(`Not approved: ${error.cause?.message ?? 'the batch refused'}`);
    } else if (error instanceof WorkflowNotFoundError) {
      terminal.report('Not approved: the batch has ended');
    } else {
      throw error;
    }
  }
}
