import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ControlCaller } from '../contract/audit.ts';
import {
  type ShardProgress,
  type ShardReport,
  type ShardSteering,
  shardReportSignalName,
  steerSignalName,
} from '../contract/shard-messages.ts';
import {
  approveUpdateName,
  type BatchPhase,
  type BatchProgress,
  pauseUpdateName,
  progressQueryName,
  resumeUpdateName,
  type SetConcurrencyInput,
  type SetRateInput,
  type SetToleranceInput,
  setConcurrencyUpdateName,
  setRateUpdateName,
  setToleranceUpdateName,
} from '../contract/workflows.ts';

export const batchProgressQuery = defineQuery<BatchProgress>(progressQueryName);
export const shardProgressQuery = defineQuery<ShardProgress>(progressQueryName);
export const pauseUpdate = defineUpdate<BatchPhase, [ControlCaller]>(pauseUpdateName);
export const resumeUpdate = defineUpdate<BatchPhase, [ControlCaller]>(resumeUpdateName);
export const approveUpdate = defineUpdate<BatchPhase, [ControlCaller]>(approveUpdateName);
export const setToleranceUpdate = defineUpdate<BatchPhase, [SetToleranceInput]>(setToleranceUpdateName);
export const setRateUpdate = defineUpdate<BatchPhase, [SetRateInput]>(setRateUpdateName);
export const setConcurrencyUpdate = defineUpdate<BatchPhase, [SetConcurrencyInput]>(setConcurrencyUpdateName);
/** From a shard to its batch. */
export const shardReportSignal = defineSignal<[ShardReport]>(shardReportSignalName);
/** From a batch to its shards. */
export const steerSignal = defineSignal<[ShardSteering]>(steerSignalName);
