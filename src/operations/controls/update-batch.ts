/* A change of a batch that runs, as the commands make it: by an update of its workflow, with what refuses it in words. */
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AppContext } from '../../app/app-context.ts';
import { describeNoWorker, withBatch } from '../../cli/batch-access.ts';
import { CliError } from '../../cli/cli-error.ts';
import { exitCodes } from '../../cli/exit-codes.ts';
import type { ControlCaller } from '../../contract/audit.ts';
import {
  type BatchPhase,
  type ControlName,
  cancelOnlyFailure,
  type SetToleranceInput,
} from '../../contract/workflows.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { controlBatch, NoWorkerError } from '../../temporal/batch-client.ts';
import { adviseWithoutWorker, type Steering } from './advice-without-worker.ts';

/** Makes the change; resolves with the batch's id and its phase after it. Throws CliError. */
export async function updateBatch<Input extends ControlCaller>(
  context: AppContext,
  batch: string,
  control: ControlName,
  input: Input,
): Promise<{ readonly batchId: string; readonly phase: BatchPhase }> {
  const steering = steeringOf(control, input);
  return await withBatch(context, batch, steering, async (record, access) => {
    const { batchId } = record;
    try {
      return { batchId, phase: await controlBatch(access.client, batchId, control, input) };
    } catch (error) {
      if (error instanceof NoWorkerError) {
        throw new CliError(await describeNoWorker(context, access, record, steering), exitCodes.engine);
      }
      if (error instanceof WorkflowUpdateFailedError) {
        const { cause } = error;
        const isOver = cause instanceof ApplicationFailure && cause.type === cancelOnlyFailure;
        throw new CliError(
          `${cause?.message ?? 'The batch refused'}: ${isOver ? `\n  cardlift cancel ${batchId}` : batchId}`,
        );
      }
      throw await asNotRunning(error, context, record, steering);
    }
  });
}

/** The error in an operator's words, with what works instead, if it says that Temporal runs no such workflow; any other as it is. */
export async function asNotRunning(
  error: unknown,
  context: AppContext,
  record: BatchRecord,
  steering: Steering,
): Promise<unknown> {
  if (!(error instanceof WorkflowNotFoundError)) return error;
  const advice = await adviseWithoutWorker(await context.storage(), record, steering);
  return new CliError(`The batch ${record.batchId} is not running on this Temporal. ${advice}`);
}

function steeringOf(control: ControlName, input: ControlCaller): Steering {
  return control === 'setTolerance'
    ? { control, percent: (input as SetToleranceInput).percent }
    : { control };
}
