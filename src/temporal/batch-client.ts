/* A batch's workflow as the commands see it: start, look, control. */
import {
  type Client,
  isGrpcDeadlineError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  defineSearchAttributeKey,
  TypedSearchAttributes,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/common';
import { activityQueueOf, shardWorkflowIdOf, workflowQueueOf } from '../contract/ids.ts';
import {
  type BatchPhase,
  type BatchProgress,
  type MigrateBatchInput,
  migrateBatchWorkflowType,
  type pauseUpdateName,
  progressQueryName,
  type resumeUpdateName,
  type ShardProgress,
} from '../contract/workflows.ts';
import { sumCounts } from '../domain/tally.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { hasSearchAttributes, type TemporalAccess } from './temporal-access.ts';

/** The workflow's state by Temporal's own account. */
export type BatchStatus = 'running' | 'completed' | 'cancelled' | 'failed' | 'terminated' | 'absent';

/** No worker answered in time: none is running, or all are busy elsewhere. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';
}

/** A worker that runs answers within a fraction of it; without one the server would let us wait for half a minute. */
const answerTimeoutMs = 2_500;
/** 100 shards are 50,000 rows and some 10 events each: far from a history's limits, and seldom enough not to be felt. */
const shardsPerRun = 100;

/** Starts the batch's workflow; an open one of the same id is left as it is. */
export async function startBatch(access: TemporalAccess, record: BatchRecord): Promise<void> {
  const knowsAttributes = await hasSearchAttributes(access);
  const input: MigrateBatchInput = {
    batchId: record.batchId,
    pass: 1,
    activityQueue: activityQueueOf(record.binding),
    concurrency: record.concurrency,
    ...(record.ratePerS === undefined ? {} : { ratePerS: record.ratePerS }),
    gatewayTimeoutMs: record.gatewayTimeoutMs,
    isLive: record.isLive,
    hasSearchAttributes: knowsAttributes,
    shardsPerRun,
  };
  await access.client.workflow.start(migrateBatchWorkflowType, {
    workflowId: record.batchId,
    taskQueue: workflowQueueOf(record.binding),
    args: [input],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: `${record.file.rows} rows of ${record.merchantId}, ${record.isLive ? 'LIVE' : 'sandbox'}`,
    staticDetails: [
      `Tokenizes the cards of **${record.file.name}** at ${record.baseUrl}.`,
      '',
      `Results, once it has ended: \`cardlift results ${record.batchId}\`.`,
    ].join('\n'),
    ...(knowsAttributes
      ? {
          typedSearchAttributes: new TypedSearchAttributes([
            { key: defineSearchAttributeKey('CardliftMerchant', 'KEYWORD'), value: record.merchantId },
          ]),
        }
      : {}),
  });
}

/** What Temporal says of the batch's workflow. Needs no worker. */
export async function readBatchStatus(client: Client, batchId: string): Promise<BatchStatus> {
  try {
    const { status } = await client.workflow.getHandle(batchId).describe();
    switch (status.name) {
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
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'absent';
    throw error;
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

/** Pauses or resumes a batch; gives its phase after that. Throws NoWorkerError, and WorkflowUpdateFailedError where it refuses. */
export async function controlBatch(
  client: Client,
  batchId: string,
  control: typeof pauseUpdateName | typeof resumeUpdateName,
): Promise<BatchPhase> {
  // An update waits on the server for a worker, longer than the command that asked for it: one that was told to have failed
  // must not take hold when a worker comes. So somebody has to answer a query first.
  if ((await readBatchStatus(client, batchId)) === 'running') await ask(client, batchId);
  return await withinDeadline(client, () =>
    client.workflow.getHandle(batchId).executeUpdate<BatchPhase, []>(control),
  );
}

/** Asks for the batch's cancellation: rows under way are ended, the others become `not_sent`, and the results are published. */
export async function cancelBatch(client: Client, batchId: string): Promise<void> {
  await client.workflow.getHandle(batchId).cancel();
}

async function ask<Answer>(client: Client, workflowId: string): Promise<Answer> {
  return await withinDeadline(client, () =>
    client.workflow.getHandle(workflowId).query<Answer>(progressQueryName),
  );
}

async function withinDeadline<Answer>(client: Client, act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await client.connection.withDeadline(Date.now() + answerTimeoutMs, act);
  } catch (error) {
    if (isNoAnswer(error)) throw new NoWorkerError('No worker is running for this batch');
    throw error;
  }
}

/** The deadline passed, or the server knows by itself that nobody polls. Errors of the client wrap those of gRPC. */
function isNoAnswer(error: unknown): boolean {
  let at: unknown = error;
  while (at instanceof Error) {
    const { message, cause }: Error = at;
    if (at instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
    if (isGrpcDeadlineError(at) || /no poller|deadline/i.test(message)) return true;
    at = cause;
  }
  return false;
}
