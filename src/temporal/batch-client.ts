/* How commands see and control a running batch's workflow. */

import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  isGrpcCancelledError,
  isGrpcDeadlineError,
  type WorkflowExecutionStatusName,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { ControlCaller } from '../contract/audit.ts';
import { shardWorkflowIdOf } from '../contract/ids.ts';
import { noticeWorkflowIdOf } from '../contract/notice.ts';
import type { ShardProgress } from '../contract/shard-messages.ts';
import {
  type BatchPhase,
  type BatchProgress,
  type ControlName,
  progressQueryName,
} from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import { sumCounts } from '../domain/tally.ts';

/** The workflow's status according to Temporal. */
export type BatchStatus = 'running' | 'completed' | 'cancelled' | 'failed' | 'terminated' | 'absent';

/** No worker answered in time: none is running, or all are busy. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';
}

/**
 * A running worker answers much faster. Without a limit the server would make us wait half a
 * minute.
 */
const answerTimeoutMs = 2_500;
/**
 * A worker that just answered a query is alive. Do not report a change as failed while it is busy
 * making it.
 */
const changeTimeoutMs = 10_000;

/** The status of the batch's workflow according to Temporal. Needs no worker. */
export async function readBatchStatus(client: Client, batchId: string): Promise<BatchStatus> {
  return (await readBatchState(client, batchId)).status;
}

/**
 * The status, and the phase shown in Temporal's list. `phase` is undefined on a Temporal without
 * our search attributes.
 */
export async function readBatchState(
  client: Client,
  batchId: string,
): Promise<{ readonly status: BatchStatus; readonly phase?: string }> {
  try {
    const { status, typedSearchAttributes } = await client.workflow.getHandle(batchId).describe();
    const phase = typedSearchAttributes.get(defineSearchAttributeKey('CardliftPhase', 'KEYWORD'));
    return { status: statusOf(status.name), ...definedOf({ phase }) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { status: 'absent' };
    throw error;
  }
}

function statusOf(name: WorkflowExecutionStatusName): BatchStatus {
  switch (name) {
    case 'RUNNING':
    case 'CONTINUED_AS_NEW':
    case 'PAUSED':
      return 'running';
    case 'COMPLETED':
      return 'completed';
    case 'CANCELLED':
      return 'cancelled';
    case 'TERMINATED':
      return 'terminated';
    default:
      return 'failed';
  }
}

/** The batch's progress, including its running shards. Throws NoWorkerError. */
export async function readProgress(client: Client, batchId: string): Promise<BatchProgress> {
  const batch = await ask<BatchProgress>(client, batchId);
  const shards = await Promise.all(
    batch.runningShards.map(async (shard) => {
      try {
        return await ask<ShardProgress>(client, shardWorkflowIdOf(batchId, batch.pass, shard));
      } catch (error) {
        // The shard has closed meanwhile or has not begun; the next query counts it.
        if (error instanceof NoWorkerError) throw error;
        return undefined;
      }
    }),
  );
  const fresh = shards.flatMap((shard) => (shard === undefined ? [] : [shard.counts]));
  return { ...batch, counts: sumCounts([batch.closedCounts, ...fresh]) };
}

/**
 * Sends one of the batch's updates and returns its new phase. A change of limits is in the storage
 * by then. Throws NoWorkerError, and WorkflowUpdateFailedError if the batch refuses.
 */
export async function controlBatch<Input extends ControlCaller>(
  client: Client,
  batchId: string,
  control: ControlName,
  input: Input,
): Promise<BatchPhase> {
  // The server holds an update for a worker longer than our command waits. An update reported as
  // failed must not take effect when a worker appears later, so first check with a query that a
  // worker answers.
  if ((await readBatchStatus(client, batchId)) === 'running') await ask(client, batchId);
  return await withinDeadline(
    client,
    () => client.workflow.getHandle(batchId).executeUpdate<BatchPhase, [Input]>(control, { args: [input] }),
    changeTimeoutMs,
  );
}

/**
 * Waits until the batch's latest notices are posted or given up, at most `timeoutMs`: a worker that
 * stops would drop them.
 */
export async function waitForNotices(client: Client, batchId: string, timeoutMs: number): Promise<void> {
  const { pass, notices = 0 } = await ask<BatchProgress>(client, batchId);
  const endMs = Date.now() + timeoutMs;
  for (let notice = Math.max(1, notices - 2); notice <= notices; notice += 1) {
    while ((await readBatchStatus(client, noticeWorkflowIdOf(batchId, pass, notice))) === 'running') {
      if (Date.now() >= endMs) return;
      await delay(200);
    }
  }
}

/**
 * Requests the batch's cancellation: in-flight rows finish, the others become `not_sent`, and the
 * results are published.
 */
export async function cancelBatch(client: Client, batchId: string): Promise<void> {
  await client.workflow.getHandle(batchId).cancel();
}

/** Terminates the workflow immediately. Only for a batch that cannot send anything. */
export async function terminateBatch(client: Client, batchId: string, reason: string): Promise<void> {
  await client.workflow.getHandle(batchId).terminate(reason);
}

async function ask<Answer>(client: Client, workflowId: string): Promise<Answer> {
  return await withinDeadline(client, () =>
    client.workflow.getHandle(workflowId).query<Answer>(progressQueryName),
  );
}

async function withinDeadline<Answer>(
  client: Client,
  act: () => Promise<Answer>,
  timeoutMs = answerTimeoutMs,
): Promise<Answer> {
  try {
    return await client.connection.withDeadline(Date.now() + timeoutMs, act);
  } catch (error) {
    if (isNoAnswer(error)) throw new NoWorkerError('No worker answered in time');
    throw error;
  }
}

/**
 * True if the deadline passed (the server may notice first and cancel the call), if the server
 * knows that no worker polls, or if its query buffer is full. Client errors wrap the gRPC errors.
 */
function isNoAnswer(error: unknown): boolean {
  let at: unknown = error;
  while (at instanceof Error) {
    const { message, cause }: Error = at;
    if (at instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
    if (isGrpcDeadlineError(at) || isGrpcCancelledError(at)) return true;
    if (/no poller|deadline|query buffer/i.test(message)) return true;
    at = cause;
  }
  return false;
}
