/* The workflows with one change that would break running batches: each begins with a timer. */
import { sleep } from '@temporalio/workflow';
import type { MigrateShardInput, MigrateShardResult } from '../../src/contract/shard-messages.ts';
import type {
  MigrateBatchInput,
  MigrateBatchResult,
  NoticeWorkflowInput,
} from '../../src/contract/workflows.ts';
import { migrateBatchWorkflow as batchAsItIs } from '../../src/workflows/migrate-batch.ts';
import { migrateShardWorkflow as shardAsItIs } from '../../src/workflows/migrate-shard.ts';
import { postNoticeWorkflow as noticeAsItIs } from '../../src/workflows/notice-workflow.ts';

export async function migrateBatchWorkflow(input: MigrateBatchInput): Promise<MigrateBatchResult> {
  await sleep('1s');
  return await batchAsItIs(input);
}

export async function migrateShardWorkflow(input: MigrateShardInput): Promise<MigrateShardResult> {
  await sleep('1s');
  return await shardAsItIs(input);
}

export async function postNoticeWorkflow(input: NoticeWorkflowInput): Promise<void> {
  await sleep('1s');
  await noticeAsItIs(input);
}
