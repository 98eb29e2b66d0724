/* Starts a pass of a batch. All passes are runs of one workflow id, one after the other. */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { MigrateBatchInput } from '../contract/workflows.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { refuseForeignBatch } from './batch-ownership.ts';
import { startBatch } from './batch-start.ts';
import type { TemporalAccess } from './temporal-access.ts';

/** The batch's workflow still goes over an earlier pass. */
export class EarlierPassRunsError extends Error {
  override readonly name = 'EarlierPassRunsError';
}

/** From the manifest's writing to the end of the workflow it takes a moment; longer, and nobody works on it. */
const earlierPassEndsWithinMs = 30_000;
const lookEveryMs = 250;

export interface PassStart extends Pick<MigrateBatchInput, 'limitsChange' | 'closesOnly'> {
  /** The last pass that is in the published results; undefined where there are none. */
  readonly publishedPass: () => Promise<number | undefined>;
}

/**
 * Starts the pass, with the rate as it was changed before; one that runs already is left as it is, and one whose results are
 * published, or a later one's, is not started again. Throws EarlierPassRunsError where an earlier one does not end, and
 * ForeignBatchError.
 */
export async function startPass(
  access: TemporalAccess,
  record: BatchRecord,
  pass: number,
  { publishedPass, ...changes }: PassStart,
): Promise<'started' | 'published'> {
  const untilMs = Date.now() + earlierPassEndsWithinMs;
  for (;;) {
    const running = await runningPassOf(access, record.batchId);
    // After that look: another set-up may have started it this moment.
    if (running !== undefined) await refuseForeignBatch(access.client, record);
    if (running === pass) return 'started';
    // Asked after that: a pass publishes before it ends.
    if (((await publishedPass()) ?? 0) >= pass) return 'published';
    if (running === undefined) {
      await startBatch(access, record, { ...changes, pass });
      return 'started';
    }
    if (Date.now() >= untilMs) {
      throw new EarlierPassRunsError(
        `Pass ${running} of the batch ${record.batchId} has not ended. Check it in the Temporal UI, and end it there`,
      );
    }
    await delay(lookEveryMs);
  }
}

/** The pass that the batch's workflow goes over at the moment; undefined if it does not run. */
export async function runningPassOf(
  { client }: Pick<TemporalAccess, 'client'>,
  batchId: string,
): Promise<number | undefined> {
  try {
    const { status, memo } = await client.workflow.getHandle(batchId).describe();
    const isRunning =
      status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW' || status.name === 'PAUSED';
    return isRunning ? Number(memo?.pass ?? 1) : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
