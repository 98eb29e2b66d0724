/* A batch together with the Temporal that it runs on. */

import type { AppContext } from '../app/app-context.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { findTemporal, joinTemporal, type TemporalAccess } from '../temporal/temporal-access.ts';
import { adviseWithoutWorker, type Steering } from './controls/advice-without-worker.ts';
import { EngineFailed } from './errors.ts';
import { findBatch } from './lookups/find-batch.ts';

/**
 * Acts on the batch that the text means, with the Temporal it runs on. Throws OperationRefused if there is no such batch, and
 * EngineFailed, with what works instead, if no Temporal is running.
 */
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
    throw new EngineFailed(
      `Temporal is not running for the batch ${record.batchId}. ${await adviseWithoutWorker(storage, record, steering)}`,
    );
  }
  try {
    return await act(record, access);
  } finally {
    await access.release();
  }
}

/** The Temporal that is running. Throws EngineFailed, which says how to start one. */
export async function requireTemporal({ config }: Pick<AppContext, 'config'>): Promise<TemporalAccess> {
  const access = await findTemporal(config.home);
  if (access === undefined) {
    throw new EngineFailed(
      'Temporal is not running. Start the embedded server and a worker with `cardlift up`, or set TEMPORAL_ADDRESS',
    );
  }
  return access;
}

/** Acts with the Temporal that is running; with undefined if none is, or if it cannot be reached, which `onUnreachable` is told. */
export async function withTemporalIfAny<Result>(
  { config }: Pick<AppContext, 'config'>,
  onUnreachable: (message: string) => void,
  act: (access: TemporalAccess | undefined) => Promise<Result>,
): Promise<Result> {
  const access = await findTemporal(config.home).catch((error: unknown) => {
    onUnreachable(error instanceof Error ? error.message : 'Temporal cannot be reached');
    return undefined;
  });
  try {
    return await act(access);
  } finally {
    await access?.release();
  }
}

/** The Temporal of the environment, or the embedded one, which is started if need be. Throws TemporalUnreachableError. */
export async function joinOwnTemporal({
  config,
  logger,
}: Pick<AppContext, 'config' | 'logger'>): Promise<TemporalAccess> {
  return await joinTemporal(config.home, logger);
}
