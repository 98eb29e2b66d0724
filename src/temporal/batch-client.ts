/* A batch's workflow as the commands see it, once it is started: look, control. */

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

/** The workflow's state by Temporal's own account. */
export type BatchStatus = 'running' | 'completed' | 'cancelled' | 'failed' | 'terminated' | 'absent';

/** No worker answered in time: none is running, or all are busy elsewhere. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';
}

/** A worker that runs answers within a fraction of it; without one the server would let us wait for half a minute. */
const answerTimeoutMs = 2_500;
/** A worker that has just answered a query is there: a change that it is busy making must not be told to have failed. */
const changeTimeoutMs = 10_000;
const phaseKey = defineSearchAttributeKey('CardliftPhase', 'KEYWORD');

/** What Temporal says of the batch's workflow. Needs no worker. */
export async function readBatchStatus(client: Client, batchId: string): Promise<BatchStatus> {
  return (await readBatchState(client, batchId)).status;
}

/** The same with the phase that the batch shows in Temporal's list; undefined on a Temporal without our search attributes. */
export async function readBatchState(
  client: Client,
  batchId: string,
): Promise<{ readonly status: BatchStatus; readonly phase?: string }> {
  try {
    const { status, typedSearchAttributes } = await client.workflow.getHandle(batchId).describe();
    const phase = typedSearchAttributes.get(phaseKey);
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

/** The batch's progress, with what its running shards say of themselves. Throws NoWorkerError. */
export async function readProgress(client: Client, batchId: string): Promise<BatchProgress> {
  const batch = await ask<BatchProgress>(client, batchId);
  const shards = await Promise.all(
    batch.runningShards.map(async (shard) => {
      try {
        return await ask<ShardProgress>(client, shardWorkflowIdOf(batchId, batch.pass, shard));
      } catch (error) {
        // A shard that has closed meanwhile, or has not begun: the next look counts it.
        if (error instanceof NoWorkerError) throw error;
        return undefined;
      }
    }),
  );
  const fresh = shards.flatMap((shard) => (shard === undefined ? [] : [shard.counts]));
  return { ...batch, counts: sumCounts([batch.closedCounts, ...fresh]) };
}

/** Steers a batch by one of its updates; gives its phase after that. What it changes in the storage (the rate) has taken hold there then. Throws NoWorkerError, and WorkflowUpdateFailedError where it refuses. */
export async function controlBatch<Input extends ControlCaller>(
  client: Client,
  batchId: string,
  control: ControlName,
  input: Input,
): Promise<BatchPhase> {
  // An update waits on the server for a worker, longer than the command that asked for it: one that was told to have failed
  // must not take effect when a worker comes. So somebody has to answer a query first.
  if ((await readBatchStatus(client, batchId)) === 'running') await ask(client, batchId);
  return await withinDeadline(
    client,
    () => client.workflow.getHandle(batchId).executeUpdate<BatchPhase, [Input]>(control, { args: [input] }),
    changeTimeoutMs,
  );
}

/** Waits until the batch's latest notices are posted or given up, at most so long: a worker that ends takes them along. */
export async function waitForNotices(client: Client, batchId: string, longestMs: number): Promise<void> {
  const { pass, notices = 0 } = await ask<BatchProgress>(client, batchId);
  const endMs = Date.now() + longestMs;
  for (let notice = Math.max(1, notices - 2); notice <= notices; notice += 1) {
    while ((await readBatchStatus(client, noticeWorkflowIdOf(batchId, pass, notice))) === 'running') {
      if (Date.now() >= endMs) return;
      await delay(200);
    }
  }
}

/** Asks for the batch's cancellation: rows under way are ended, the others become `not_sent`, and the results are published. */
export async function cancelBatch(client: Client, batchId: string): Promise<void> {
  await client.workflow.getHandle(batchId).cancel();
}

/** Ends the workflow from outside, at once: only for a batch of which nothing can be sent. */
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
 * The deadline passed (a server that is the first to see that cancels the call), or the server knows by itself that nobody polls, or it keeps no more queries for the worker to come.
 * Errors of the client wrap those of gRPC.
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
