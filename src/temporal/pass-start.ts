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
 * a pass if its results, or those of a later one, are published (`published`), nor if Temporal
 * remembers that the pass finished and its results are gone (`forgotten`): its rows would be sent
 * again. Throws EarlierPassRunningError if an earlier pass does not end, and ForeignBatchError.
 */
export async function startPass(
  access: TemporalAccess,
  record: BatchRecord,
  pass: number,
  { publishedPass, ...changes }: PassStart,
): Promise<'started' | 'published' | 'forgotten'> {
  const untilMs = Date.now() + earlierPassEndsWithinMs;
  for (;;) {
    const last = await lastRunOf(access, record.batchId);
    const running = last?.state === 'running' ? last.pass : undefined;
    // Check after that query: another configuration may have just started it.
    if (running !== undefined) await refuseForeignBatch(access.client, record);
    if (running === pass) return 'started';
    // Check after that: a pass publishes before it ends.
    if (((await publishedPass()) ?? 0) >= pass) return 'published';
    if (last?.state === 'finished' && last.pass >= pass) return 'forgotten';
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
  access: Pick<TemporalAccess, 'client'>,
  batchId: string,
): Promise<number | undefined> {
  const last = await lastRunOf(access, batchId);
  return last?.state === 'running' ? last.pass : undefined;
}

/** The latest run of a batch's workflow. */
interface LastRun {
  readonly pass: number;
  /** `finished`: it published results. `stopped`: it was cancelled or ended from outside. */
  readonly state: 'running' | 'finished' | 'stopped';
}

/** The latest run that Temporal remembers, if any. */
async function lastRunOf(
  { client }: Pick<TemporalAccess, 'client'>,
  batchId: string,
): Promise<LastRun | undefined> {
  try {
    const { status, memo } = await client.workflow.getHandle(batchId).describe();
    const isRunning =
      status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW' || status.name === 'PAUSED';
    const state = isRunning ? 'running' : status.name === 'COMPLETED' ? 'finished' : 'stopped';
    return { pass: Number(memo?.pass ?? 1), state };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
