/* What a command that names a batch works with. */

import type { AppContext } from '../app/app-context.ts';
import { adviseWithoutWorker, type Steering } from '../operations/controls/advice-without-worker.ts';
import { findBatch } from '../operations/lookups/find-batch.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { findTemporal, type TemporalAccess } from '../temporal/temporal-access.ts';
import { findSilentWorker } from '../temporal/worker-presence.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

/** The batch that the argument means, with the Temporal it runs on. Throws CliError, with what works instead, if no Temporal is running. */
export async function withBatch<Result>(
  context: AppContext,
  text: string,
  steering: Steering,
  act: (record: BatchRecord, access: TemporalAccess) => Promise<Result>,
): Promise<Result> {
  const storage = await context.storage();
  const record = await findBatch(storage, text);
  const access = await findTemporal(context.config.home);
  if (access === undefined) {
    throw new CliError(
      `No Temporal is running for the batch ${record.batchId}. ${await adviseWithoutWorker(storage, record, steering)}`,
      exitCodes.engine,
    );
  }
  try {
    return await act(record, access);
  } finally {
    await access.release();
  }
}

/** The Temporal that is running, or an error that says how to start one. */
export async function requireTemporal(context: AppContext): Promise<TemporalAccess> {
  const access = await findTemporal(context.config.home);
  if (access === undefined) {
    throw new CliError(
      'No Temporal is running: start the embedded one with a worker with `cardlift up`, or set TEMPORAL_ADDRESS',
      exitCodes.engine,
    );
  }
  return access;
}

/** Why no worker answered for the batch, and what an operator types to have what they wanted. Throws TemporalUnreachableError. */
export async function describeNoWorker(
  context: AppContext,
  access: TemporalAccess,
  record: BatchRecord,
  steering: Steering,
): Promise<string> {
  const presence = await findSilentWorker(access, record.targetFingerprint, Date.now());
  if (presence.kind === 'silent') {
    return [
      `No worker answered for the batch ${record.batchId}, but one asked for work ${Math.round(presence.askedMsAgo / 1_000)} s ago:`,
      'it is busy, or has stopped since. Give the same command again in some seconds. If that does not help:',
      await adviseWithoutWorker(await context.storage(), record, steering),
    ].join('\n');
  }
  return [
    `No worker is running for the batch ${record.batchId}.`,
    await adviseWithoutWorker(await context.storage(), record, steering),
    `Or start a worker that stays, with the settings that the batch was started with${steering.control === 'watch' ? '' : ', and give the command again'}:`,
    `  cardlift ${access.isEmbedded ? 'up' : 'worker'}${record.isLive ? ' --live' : ''}`,
  ].join('\n');
}
