/* The bundle's entry: the workflows by the names that histories store. */
export { migrateBatchWorkflow } from './migrate-batch.ts';
export { migrateShardWorkflow } from './migrate-shard.ts';
export { postNoticeWorkflow } from './notice-workflow.ts';
