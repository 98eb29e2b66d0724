/* Starts a batch's workflow. */

import {
  defineSearchAttributeKey,
  TypedSearchAttributes,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/common';
import { activityQueueOf, workflowQueueOf } from '../contract/ids.ts';
import { type MigrateBatchInput, migrateBatchWorkflowType } from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { refuseForeignBatch } from './batch-ownership.ts';
import { hasSearchAttributes, type TemporalAccess } from './temporal-access.ts';

/**
 * 100 shards are 50,000 rows, at about 10 events each: far below the history limits, and rare
 * enough to cost nothing noticeable.
 */
const shardsPerRun = 100;

/**
 * Starts the batch's workflow; does nothing if it is running. `changes` override the input derived
 * from the record. Throws ForeignBatchError.
 */
export async function startBatch(
  access: Pick<TemporalAccess, 'client' | 'namespace'>,
  record: BatchRecord,
  changes: Partial<MigrateBatchInput> = {},
): Promise<void> {
  await refuseForeignBatch(access.client, record);
  const knowsAttributes = await hasSearchAttributes(access);
  const input: MigrateBatchInput = {
    batchId: record.batchId,
    pass: 1,
    activityQueue: activityQueueOf(record.targetFingerprint),
    ...definedOf({ concurrency: record.concurrency, ratePerS: record.ratePerS }),
    ...(record.notifyUrl === undefined ? {} : { hasNotices: true }),
    ...definedOf({ window: record.window }),
    // A later pass resends rows of a kind that the canary has already covered.
    ...(record.canaryRows === undefined || (changes.pass ?? 1) > 1 ? {} : { canaryRows: record.canaryRows }),
    ...definedOf({ tolerancePercent: record.tolerancePercent }),
    gatewayTimeoutMs: record.gatewayTimeoutMs,
    isLive: record.isLive,
    hasSearchAttributes: knowsAttributes,
    shardsPerRun,
    ...changes,
  };
  await access.client.workflow.start(migrateBatchWorkflowType, {
    workflowId: record.batchId,
    taskQueue: workflowQueueOf(record.targetFingerprint),
    args: [input],
    // Read by `startPass`, without a worker.
    memo: { pass: input.pass },
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
  // Another configuration may have started it at the same moment.
  await refuseForeignBatch(access.client, record);
}
