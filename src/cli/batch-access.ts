/* What a command that names a batch works with. */
import type { BatchRecord } from '../storage/batch-record.ts';
import { findTemporal, type TemporalAccess } from '../temporal/temporal-access.ts';
import { findSilentWorker } from '../temporal/worker-presence.ts';
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

/** Why nobody answered for the batch, and what an operator types to go on with it. Throws TemporalUnreachableError. */
export async function describeNoWorker(
  access: TemporalAccess,
  record: BatchRecord,
  pass: number,
): Promise<string> {
  const presence = await findSilentWorker(access, record.binding, Date.now());
  if (presence.kind === 'silent') {
    return [
      `No worker answered for the batch ${record.batchId}, but one asked for work ${Math.round(presence.askedMsAgo / 1_000)} s ago:`,
      'it is busy, or has stopped since. Give the same command again in some seconds; where it stays so, look after the worker.',
    ].join('\n');
  }
  return [
    `No worker is running for the batch ${record.batchId}.`,
    'Start one with `cardlift worker` (or `cardlift up` for the embedded Temporal), set up as the batch was,',
    'or go on with the batch on this machine:',
    `  ${describeRunAgain(record, pass)} --resume`,
  ].join('\n');
}

/** The command that works on a batch's pass on this machine. */
export function describeRunAgain({ batchId, file, merchantId, isLive }: BatchRecord, pass: number): string {
  if (pass > 1) return `cardlift redrive ${batchId}`;
  const path = /^[\w./-]+$/.test(file.path) ? file.path : `'${file.path.replaceAll("'", "'\\''")}'`;
  return `cardlift run ${path} --merchant-id ${merchantId}${isLive ? ' --live' : ''}`;
}
