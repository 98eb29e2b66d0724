import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import {
  type BatchPhase,
  type BatchProgress,
  pauseUpdateName,
  progressQueryName,
  resumeUpdateName,
  type ShardProgress,
  type ShardReport,
  type ShardSteering,
  shardReportSignalName,
  steerSignalName,
} from '../contract/workflows.ts';

export const batchProgressQuery = defineQuery<BatchProgress>(progressQueryName);
export const shardProgressQuery = defineQuery<ShardProgress>(progressQueryName);
export const pauseUpdate = defineUpdate<BatchPhase>(pauseUpdateName);
export const resumeUpdate = defineUpdate<BatchPhase>(resumeUpdateName);
/** From a shard to its batch. */
export const shardReportSignal = defineSignal<[ShardReport]>(shardReportSignalName);
/** From a batch to its shards. */
export const steerSignal = defineSignal<[ShardSteering]>(steerSignalName);
