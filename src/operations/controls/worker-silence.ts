import type { AppContext } from '../../app/app-context.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { NoWorkerError, readProgress } from '../../temporal/batch-client.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { findWorkerPresence } from '../../temporal/worker-presence.ts';
import { adviseWithoutWorker, type Steering } from './advice-without-worker.ts';

/**
 * Why no worker answered for the batch, and what an operator can type instead. Throws
 * TemporalUnreachableError.
 */
export async function describeNoWorker(
  context: AppContext,
  access: TemporalAccess,
  record: BatchRecord,
  steering: Steering,
): Promise<string> {
  const presence = await findWorkerPresence(access, record.targetFingerprint, Date.now());
  const advice = await adviseWithoutWorker(await context.storage(), record, steering);
  if (presence.kind === 'silent') {
    return [
      `No worker answered for the batch ${record.batchId}, but one polled for work ${Math.round(presence.polledMsAgo / 1_000)} s ago.`,
      'It is busy or has stopped. Repeat the command in a few seconds. If that does not help:',
      advice,
    ].join('\n');
  }
  return [
    `No worker is running for the batch ${record.batchId}.`,
    advice,
    `Or start a long-running worker with the settings that the batch was started with${steering.control === 'watch' ? '' : ', then repeat the command'}:`,
    `  cardlift ${access.isEmbedded ? 'up' : 'worker'}${record.isLive ? ' --live' : ''}`,
  ].join('\n');
}

/** What to do if no worker answers for the batch. Undefined if one does. */
export async function findWorkerAdvice(
  context: AppContext,
  access: TemporalAccess,
  record: BatchRecord,
): Promise<string | undefined> {
  try {
    await readProgress(access.client, record.batchId);
    return undefined;
  } catch (error) {
    if (!(error instanceof NoWorkerError)) return undefined;
    return await describeNoWorker(context, access, record, { control: 'watch' });
  }
}
