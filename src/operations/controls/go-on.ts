/* Continues an open batch that waits, on behalf of the process that works on it. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { AppContext } from '../../app/app-context.ts';
import type { HoldReason } from '../../contract/hold.ts';
import {
  approveUpdateName,
  type BatchProgress,
  resumeUpdateName,
  type SetToleranceInput,
  setToleranceUpdateName,
} from '../../contract/workflows.ts';
import { definedOf } from '../../domain/defined.ts';
import { adviceOf } from '../../domain/hold-advice.ts';
import { controlBatch, NoWorkerError, readBatchStatus, readProgress } from '../../temporal/batch-client.ts';
import { callerOf, type Reason } from '../audit-news.ts';
import { OperationRefused } from '../errors.ts';

export interface GoOnRequest extends Reason {
  /** Continue after a pause or a hold. */
  readonly resume?: boolean;
  /** Continue after the canary. */
  readonly approve?: boolean;
  /** Combined with one of them: the new tolerance. */
  readonly tolerancePercent?: number;
}

/** A worker that takes longer than this to answer is broken, not busy. */
const ownWorkerTimeoutMs = 30_000;

/**
 * Continues the batch if the request matches what it waits for. `runAgain` is the command that
 * works on it. Throws OperationRefused if its hold allows only a cancel.
 */
export async function goOn(
  context: AppContext,
  client: Client,
  batchId: string,
  request: GoOnRequest,
  runAgain: string,
): Promise<{ readonly isResumed: boolean; readonly isApproved: boolean }> {
  const isWanted = request.resume === true || request.approve === true;
  if (!isWanted) return { isResumed: false, isApproved: false };
  const { phase, tolerancePercent, hold } = await readOwnProgress(client, batchId);
  if (hold !== undefined && adviceOf(hold.code).goOn === 'never') {
    throw new OperationRefused(
      'conflict',
      `Cannot continue the batch (${hold.code}): ${hold.text}. ${adviceOf(hold.code).first}:\n  ${runAgain} --cancel`,
    );
  }
  const caller = callerOf(context, request);
  if (request.tolerancePercent !== undefined && request.tolerancePercent !== tolerancePercent) {
    const input: SetToleranceInput = { ...caller, percent: request.tolerancePercent };
    await controlBatch(client, batchId, setToleranceUpdateName, input);
  }
  const isResumed = request.resume === true && (phase === 'paused' || phase === 'on_hold');
  if (isResumed) await controlBatch(client, batchId, resumeUpdateName, caller);
  const isApproved = request.approve === true && phase === 'waiting_for_approval';
  if (isApproved) await controlBatch(client, batchId, approveUpdateName, caller);
  return { isResumed, isApproved };
}

/**
 * The worker belongs to this process. It has started, and answers as soon as a busy machine lets
 * it.
 */
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

/** The state of a batch that waits for approval. `phase` is readable text. */
export interface ApprovalState {
  readonly phase: string;
  readonly hold?: HoldReason;
}

/** Rejects if no worker answers for the batch. */
export async function readApprovalState(client: Client, batchId: string): Promise<ApprovalState> {
  const status = await readBatchStatus(client, batchId);
  if (status !== 'running') return { phase: status };
  const { phase, hold } = await readProgress(client, batchId);
  return { phase: phase.replaceAll('_', ' '), ...definedOf({ hold }) };
}

/**
 * Approves the batch. If the batch refuses because it was decided a moment earlier, resolves with
 * the reason.
 */
export async function approveOpen(
  context: AppContext,
  client: Client,
  batchId: string,
): Promise<string | undefined> {
  try {
    await controlBatch(client, batchId, approveUpdateName, callerOf(context, {}));
    return undefined;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) return error.cause?.message ?? 'the batch refused';
    if (error instanceof WorkflowNotFoundError) return 'the batch has ended';
    throw error;
  }
}
