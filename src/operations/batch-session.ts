/* A batch together with the Temporal server that runs it. */

import type { AppContext } from '../app/app-context.ts';
import { loadWorker } from '../app/worker-process.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import {
  findTemporal,
  type JoinOptions,
  joinTemporal,
  type TemporalAccess,
} from '../temporal/temporal-access.ts';
import { adviseWithoutWorker, type Steering } from './controls/advice-without-worker.ts';
import { EngineFailed } from './errors.ts';
import { findBatch } from './lookups/find-batch.ts';

/**
 * Calls the function with the batch that the text names and its running Temporal server. Throws
 * OperationRefused if there is no such batch. Throws EngineFailed, with alternatives, if Temporal
 * is not running.
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

/** The running Temporal server. Throws EngineFailed, which says how to start one. */
export async function requireTemporal({ config }: Pick<AppContext, 'config'>): Promise<TemporalAccess> {
  const access = await findTemporal(config.home);
  if (access === undefined) {
    throw new EngineFailed(
      'Temporal is not running. Start the embedded server and a worker with `cardlift up`, or set TEMPORAL_ADDRESS',
    );
  }
  return access;
}

/**
 * Calls the function with the running Temporal server. Passes undefined if none is running or it is
 * unreachable, and reports the latter to `onUnreachable`.
 */
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

/**
 * The Temporal server of the environment, or the embedded one, started if necessary. Loads the
 * worker's code while that one starts. Throws TemporalUnreachableError.
 */
export async function joinOwnTemporal(
  { config, logger }: Pick<AppContext, 'config' | 'logger'>,
  options: Pick<JoinOptions, 'mayInstall'> = {},
): Promise<TemporalAccess> {
  const onStarting = (): void => {
    // If it cannot be loaded, the start of the worker reports it.
    loadWorker().catch(() => undefined);
  };
  return await joinTemporal(config.home, logger, { ...options, onStarting });
}
