/* Changes a running batch with an update of its workflow, and explains a refusal. */
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AppContext } from '../../app/app-context.ts';
import type { ControlCaller } from '../../contract/audit.ts';
import { cancelOnlyFailure } from '../../contract/failure-types.ts';
import type { BatchPhase, ControlName, SetToleranceInput } from '../../contract/workflows.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { controlBatch, NoWorkerError } from '../../temporal/batch-client.ts';
import { callerOf, type Reason } from '../audit-news.ts';
import { withBatch } from '../batch-session.ts';
import { EngineFailed, OperationRefused } from '../errors.ts';
import { adviseWithoutWorker, type Steering } from './advice-without-worker.ts';
import { describeNoWorker } from './worker-silence.ts';

export interface UpdatedBatch {
  readonly batchId: string;
  /** The phase after the change. */
  readonly phase: BatchPhase;
}

/**
 * Changes the batch that the text names. `values` are the control's own values, besides the caller
 * and the reason. Throws OperationRefused and EngineFailed.
 */
export async function updateBatch<Input extends ControlCaller>(
  context: AppContext,
  text: string,
  control: ControlName,
  values: Omit<Input, keyof ControlCaller>,
  reason: Reason,
): Promise<UpdatedBatch> {
  const input = { ...callerOf(context, reason), ...values };
  const steering = steeringOf(control, input);
  return await withBatch(context, text, steering, async (record, access) => {
    const { batchId } = record;
    try {
      return { batchId, phase: await controlBatch(access.client, batchId, control, input) };
    } catch (error) {
      if (error instanceof NoWorkerError) {
        throw new EngineFailed(await describeNoWorker(context, access, record, steering));
      }
      if (error instanceof WorkflowUpdateFailedError) {
        const { cause } = error;
        const isOver = cause instanceof ApplicationFailure && cause.type === cancelOnlyFailure;
        throw new OperationRefused(
          'conflict',
          `${cause?.message ?? 'The batch refused'}: ${isOver ? `\n  cardlift cancel ${batchId}` : batchId}`,
        );
      }
      throw await asNotRunning(error, context, record, steering);
    }
  });
}

/**
 * Replaces the error with advice if it means that Temporal runs no such workflow. Returns any other
 * error unchanged.
 */
export async function asNotRunning(
  error: unknown,
  context: AppContext,
  record: BatchRecord,
  steering: Steering,
): Promise<unknown> {
  if (!(error instanceof WorkflowNotFoundError)) return error;
  const advice = await adviseWithoutWorker(await context.storage(), record, steering);
  return new OperationRefused(
    'conflict',
    `The batch ${record.batchId} is not running on this Temporal. ${advice}`,
  );
}

function steeringOf(control: ControlName, input: ControlCaller): Steering {
  return control === 'setTolerance'
    ? { control, percent: (input as SetToleranceInput).percent }
    : { control };
}
