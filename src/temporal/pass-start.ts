/* Starts a pass of a batch. All passes are successive runs of one workflow id. */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { MigrateBatchInput } from '../contract/workflows.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { refuseForeignBatch } from './batch-ownership.ts';
import { startBatch } from './batch-start.ts';
import type { TemporalAccess } from './temporal-access.ts';

/** The batch's workflow is still running an earlier pass. */
export class EarlierPassRunningError extends Error {
  override readonly name = 'EarlierPassRunningError';
}

/**
 * A workflow ends a moment after writing the manifest. If it takes longer, no worker is running it.
 */
const earlierPassEndsWithinMs = 30_000;
const lookEveryMs = 250;

export interface PassStart extends Pick<MigrateBatchInput, 'limitsChange' | 'closesOnly'> {
  /** The last pass in the published results; undefined if there is none. */
  readonly publishedPass: () => Promise<number | undefined>;
}

/**
 * Starts the pass, with limits changed earlier. Does nothing if the pass is running. Does not start
 * a pass if its results, or those of a later one, are published. Throws EarlierPassRunningError if
 * an earlier pass does not end, and ForeignBatchError.
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
    // Check after that query: another configuration may have just started it.
    if (running !== undefined) await refuseForeignBatch(access.client, record);
    if (running === pass) return 'started';
    // Check after that: a pass publishes before it ends.
    if (((await publishedPass()) ?? 0) >= pass) return 'published';
    if (running === undefined) {
      await startBatch(access, record, { ...changes, pass });
      return 'started';
    }
    if (Date.now() >= untilMs) {
      throw new EarlierPassRunningError(
        `Pass ${running} of the batch ${record.batchId} has not ended. Check it in the Temporal UI, and end it there`,
      );
    }
    await delay(lookEveryMs);
  }
}

/** The pass that the batch's workflow is running; undefined if it is not running. */
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
