/* `run FILE --cancel`: ends the file's open batch on this machine. */
import { resolve } from 'node:path';
import { requireGatewayKeys } from '../../app/activity-deps.ts';
import { cancelIfUnsent, describeCancelledUnsent } from '../../operations/controls/cancel-unsent.ts';
import { findFileBatch } from '../../operations/lookups/find-file-batch.ts';
import type { CliContext } from '../cli-context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { requireOutFolder } from '../out-folder.ts';
import { workOnBatch } from '../work-on-batch.ts';

interface CancelFileOptions {
  readonly merchantId: string;
  readonly out?: string;
  readonly reason?: string;
  readonly json?: true;
}

/**
 * Cancels the file's open batch and follows it until its results are published. It starts no batch.
 * Throws OperationRefused.
 */
export async function cancelFile(
  context: CliContext,
  file: string,
  options: CancelFileOptions,
): Promise<ExitCode> {
  await requireOutFolder(context, options.out);
  const { merchantId, ...work } = options;
  const record = await findFileBatch(context, merchantId, resolve(context.config.workingFolder, file));
  const unsent = await cancelIfUnsent(context, record, options);
  if (unsent === undefined) {
    requireGatewayKeys(context);
    return await workOnBatch(context, record, { ...work, pass: 1, cancel: true });
  }
  reportWorkflowError(context, unsent);
  context.terminal.print(
    options.json === true
      ? JSON.stringify({ batch_id: record.batchId, status: 'cancelled' })
      : describeCancelledUnsent(record),
  );
  return exitCodes.stopped;
}

/** Prints a warning if the workflow of a batch that was cancelled unsent may still be running. */
export function reportWorkflowError(
  { terminal }: CliContext,
  { workflowError }: { readonly workflowError?: string },
): void {
  if (workflowError === undefined) return;
  terminal.report(
    `Its workflow could not be ended (${workflowError}). If it still runs, it stays on hold and sends nothing. Repeat the command later to end it.`,
  );
}
