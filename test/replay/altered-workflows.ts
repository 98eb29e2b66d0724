/* The workflows with one change that running batches would not survive: each begins with a timer. */
import { sleep } from '@temporalio/workflow';
import type {
  MigrateBatchInput,
  MigrateBatchResult,
  MigrateShardInput,
  MigrateShardResult,
} from '../../src/contract/workflows.ts';
import { migrateBatchWorkflow as batchAsItIs } from '../../src/workflows/migrate-batch.ts';
import { migrateShardWorkflow as shardAsItIs } from '../../src/workflows/migrate-shard.ts';

export async function migrateBatchWorkflow(input: MigrateBatchInput): Promise<MigrateBatchResult> {
  await sleep('1s');
  return await batchAsItIs(input);
}

export async function migrateShardWorkflow(input: MigrateShardInput): Promise<MigrateShardResult> {
  await sleep('1s');
  return await shardAsItIs(input);
}
