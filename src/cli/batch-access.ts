/* What a command that names a batch works with. */
import type { BatchRecord } from '../storage/batch-record.ts';
import { findTemporal, type TemporalAccess } from '../temporal/temporal-access.ts';
import { findBatch } from './batch-argument.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Workplace } from './workplace.ts';

/** The batch that the argument means, with the Temporal it runs on. Throws CliError where no Temporal is running. */
export async function withBatch<Result>(
  place: Workplace,
  text: string,
  act: (record: BatchRecord, access: TemporalAccess) => Promise<Result>,
): Promise<Result> {
  const record = await findBatch(await place.storage(), text);
  const access = await requireTemporal(place);
  try {
    return await act(record, access);
  } finally {
    await access.release();
  }
}

/** The Temporal that is running, or an error that says how to start one. */
export async function requireTemporal(place: Workplace): Promise<TemporalAccess> {
  const access = await findTemporal(place.config.home);
  if (access === undefined) {
    throw new CliError(
      'No Temporal is running: start the embedded one with a worker with `cardlift up`, or set TEMPORAL_ADDRESS',
      exitCodes.engine,
    );
  }
  return access;
}

/** What an operator types to go on with a batch that has no worker. */
export function describeNoWorker(record: BatchRecord): string {
  return [
    `No worker is running for the batch ${record.batchId}.`,
    'Start one with `cardlift worker` (or `cardlift up` for the embedded Temporal), set up as the batch was,',
    'or go on with the batch on this machine:',
    `  ${describeWorkOn(record)}`,
  ].join('\n');
}

/** The command that works on a batch on this machine, and takes it off a pause or a hold. */
export function describeWorkOn({ file, merchantId, isLive }: BatchRecord): string {
  const path = /^[\w./-]+$/.test(file.path) ? file.path : `'${file.path.replaceAll("'", "'\\''")}'`;
  return `cardlift run ${path} --merchant-id ${merchantId}${isLive ? ' --live' : ''} --resume`;
}
