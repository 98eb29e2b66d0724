/*
 * What an operator changes about a running batch. Each function throws OperationRefused and
 * EngineFailed.
 */
import type { AppContext } from '../../app/app-context.ts';
import type { ControlCaller } from '../../contract/audit.ts';
import {
  approveUpdateName,
  pauseUpdateName,
  resumeUpdateName,
  type SetConcurrencyInput,
  type SetRateInput,
  type SetToleranceInput,
  setConcurrencyUpdateName,
  setRateUpdateName,
  setToleranceUpdateName,
} from '../../contract/workflows.ts';
import type { Reason } from '../audit-news.ts';
import { type UpdatedBatch, updateBatch } from './update-batch.ts';

/** Stops sending rows. Requests in flight finish. */
export function pauseBatch(context: AppContext, text: string, reason: Reason = {}): Promise<UpdatedBatch> {
  return updateBatch<ControlCaller>(context, text, pauseUpdateName, {}, reason);
}

/** Continues after a pause or a hold. After a hold, one row is sent first as a probe. */
export function resumeBatch(context: AppContext, text: string, reason: Reason = {}): Promise<UpdatedBatch> {
  return updateBatch<ControlCaller>(context, text, resumeUpdateName, {}, reason);
}

/** Sends the other rows after the canary was reviewed. */
export function approveBatch(context: AppContext, text: string, reason: Reason = {}): Promise<UpdatedBatch> {
  return updateBatch<ControlCaller>(context, text, approveUpdateName, {}, reason);
}

/** Sets the batch's rate in requests/s. Null means no limit of its own. */
export function setBatchRate(
  context: AppContext,
  text: string,
  ratePerS: number | null,
  reason: Reason = {},
): Promise<UpdatedBatch> {
  return updateBatch<SetRateInput>(context, text, setRateUpdateName, { ratePerS }, reason);
}

/** Sets how many requests may be in flight. Null means as many as the rate needs. */
export function setBatchConcurrency(
  context: AppContext,
  text: string,
  concurrency: number | null,
  reason: Reason = {},
): Promise<UpdatedBatch> {
  return updateBatch<SetConcurrencyInput>(context, text, setConcurrencyUpdateName, { concurrency }, reason);
}

/** Sets the tolerance: the share of answered rows without a token, in percent. */
export function setBatchTolerance(
  context: AppContext,
  text: string,
  percent: number,
  reason: Reason = {},
): Promise<UpdatedBatch> {
  return updateBatch<SetToleranceInput>(context, text, setToleranceUpdateName, { percent }, reason);
}
