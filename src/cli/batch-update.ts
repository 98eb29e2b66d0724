/* A change of a batch that runs, as the commands make it: by an update of its workflow, with what refuses it in words. */
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { ControlCaller } from '../contract/audit.ts';
import type { BatchPhase, ControlName } from '../contract/workflows.ts';
import { findLatestPass } from '../storage/pass-plan.ts';
import { controlBatch, NoWorkerError } from '../temporal/batch-client.ts';
import { describeNoWorker, withBatch } from './batch-access.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Workplace } from './workplace.ts';

/** Makes the change; resolves with the batch's id and its phase after it. Throws CliError. */
export async function updateBatch<Input extends ControlCaller>(
  place: Workplace,
  batch: string,
  control: ControlName,
  input: Input,
): Promise<{ readonly batchId: string; readonly phase: BatchPhase }> {
  return await withBatch(place, batch, async (record, access) => {
    const { batchId } = record;
    try {
      return { batchId, phase: await controlBatch(access.client, batchId, control, input) };
    } catch (error) {
      if (error instanceof NoWorkerError) {
        const pass = await findLatestPass(await place.storage(), batchId);
        throw new CliError(await describeNoWorker(access, record, pass), exitCodes.engine);
      }
      if (error instanceof WorkflowUpdateFailedError) {
        throw new CliError(`${error.cause?.message ?? 'The batch refused'}: ${batchId}`);
      }
      throw asNotRunning(error, batchId);
    }
  });
}

/** The error in an operator's words where it says that Temporal runs no such workflow; any other as it is. */
export function asNotRunning(error: unknown, batchId: string): unknown {
  return error instanceof WorkflowNotFoundError
    ? new CliError(`The batch is not running, it has ended or was never started: ${batchId}`)
    : error;
}
