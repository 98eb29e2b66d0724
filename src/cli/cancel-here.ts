/* `run FILE --cancel`: ends the file's open batch on this machine. */
import { resolve } from 'node:path';
import { requireGatewayKeys } from '../app/activity-deps.ts';
import { digestFile } from '../input/file-bytes.ts';
import {
  cancelUnsent,
  describeCancelledUnsent,
  endUnsentWorkflow,
} from '../operations/controls/cancel-unsent.ts';
import { findOpenBatch } from '../operations/launch/claim.ts';
import { listCancelledOf } from '../storage/batch-index.ts';
import { readBatchRecord } from '../storage/batch-record.ts';
import { findTemporal } from '../temporal/temporal-access.ts';
import type { CliContext } from './cli-context.ts';
import { CliError } from './cli-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { requireOutFolder } from './out-folder.ts';
import { workOnBatch } from './work-on-batch.ts';

interface CancelHereOptions {
  readonly merchantId: string;
  readonly out?: string;
  readonly reason?: string;
  readonly json?: true;
}

/** Cancels the file's open batch and follows it until its results are published; starts nothing. Throws CliError. */
export async function cancelHere(
  context: CliContext,
  file: string,
  options: CancelHereOptions,
): Promise<ExitCode> {
  await requireOutFolder(context, options.out);
  const { merchantId } = options;
  const storage = await context.storage();
  const sha256 = await digestFile(resolve(context.config.workingFolder, file));
  const open = await findOpenBatch(context, merchantId, sha256);
  const cancelled = (await listCancelledOf(storage, merchantId, sha256)).at(-1);
  const record = open ?? (cancelled === undefined ? undefined : await readBatchRecord(storage, cancelled));
  if (record === undefined) {
    throw new CliError(
      `Nothing to cancel: the file is no batch of the merchant ${merchantId} in this storage`,
    );
  }
  if (!(await cancelUnsent(storage, record, options))) {
    requireGatewayKeys(context);
    const { merchantId: _, ...work } = options;
    return await workOnBatch(context, record, { ...work, pass: 1, cancel: true });
  }
  await endWorkflowIfAny(context, record.batchId);
  context.terminal.print(
    options.json === true
      ? JSON.stringify({ batch_id: record.batchId, status: 'cancelled' })
      : describeCancelledUnsent(record),
  );
  return exitCodes.stopped;
}

/** A Temporal that cannot be reached is no hindrance: a worker that runs the workflow later finds the batch cancelled. */
export async function endWorkflowIfAny({ config, terminal }: CliContext, batchId: string): Promise<void> {
  try {
    const access = await findTemporal(config.home);
    if (access === undefined) return;
    try {
      await endUnsentWorkflow(access, batchId);
    } finally {
      await access.release();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    terminal.report(
      `Its workflow could not be ended (${why}). If it still runs, it holds and sends nothing; the same command ends it later.`,
    );
  }
}
