import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
} from '@temporalio/workflow';
import { migrateBatchInput } from '../contract/message-checks.ts';
import type { MigrateBatchInput, MigrateBatchResult } from '../contract/workflows.ts';
import { proxyBatchActivities, proxyShardActivities } from './activity-proxies.ts';
import { listen } from './batch-controls.ts';
import { BatchRun } from './batch-run.ts';
import { listenToLimits } from './limit-controls.ts';
import { rejectIfCancelled } from './reject-if-cancelled.ts';
import { requireInput } from './shape-checks.ts';

/**
 * One pass over a batch: stage the file (in the first pass), send its shards in a sliding window,
 * publish the results. A cancelled batch is closed and published, too, once it is staged: the rows
 * that were not sent say so.
 */
export async function migrateBatchWorkflow(input: MigrateBatchInput): Promise<MigrateBatchResult> {
  requireInput(migrateBatchInput, input);
  const run = new BatchRun(input);
  listen(run);
  listenToLimits(run, input);
  run.show();
  try {
    await stage(input, run);
    if (input.closesOnly === true) return await closeAndPublish(input, run);
    if ((await run.sendShards()) === 'run_full') return await continueInNewRun(input, run);
    return await publish(input, run, 'finished');
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // A first pass that is not staged has no row to close or to publish, and nothing was sent. A
    // later pass has them all: its closing leaves their earlier outcomes as they are.
    await (run.state.isStaged || input.pass > 1
      ? CancellationScope.nonCancellable(() => closeAndPublish(input, run))
      : endUnstaged(run));
    throw error;
  }
}

async function stage(input: MigrateBatchInput, run: BatchRun): Promise<void> {
  if (input.carried !== undefined) return;
  const { stageBatch } = proxyBatchActivities(input);
  const { batchId, pass } = input;
  const staged = await run.acrossHolds(() => stageBatch({ batchId, ...(pass === 1 ? {} : { pass }) }));
  run.change((state) => state.staged(staged));
  run.notices.post('start', run.state.progress());
}

async function continueInNewRun(input: MigrateBatchInput, run: BatchRun): Promise<never> {
  await settle(run);
  const carried = run.carried();
  run.log.continuesAsNew(carried.nextShard);
  return await continueAsNew<typeof migrateBatchWorkflow>({ ...input, carried });
}

/**
 * Waits until nothing is in flight that would be lost with this run of the workflow: an update, a
 * line for the audit log, a notice. Rejects if the batch was cancelled meanwhile: the next run
 * would not know.
 */
async function settle({ audit, notices }: BatchRun): Promise<void> {
  do {
    await condition(allHandlersFinished);
    await audit.flush();
    await notices.flush();
    // An update that came during the flushes may have more to write.
  } while (!allHandlersFinished() || !audit.isWritten || !notices.areStarted);
  await rejectIfCancelled();
}

/** Closes what was not sent, and publishes the batch as cancelled. */
async function closeAndPublish(input: MigrateBatchInput, run: BatchRun): Promise<MigrateBatchResult> {
  const { batchId, pass } = input;
  const { closeUnsentShards } = proxyBatchActivities(input);
  const { closeShard } = proxyShardActivities(input);
  run.change((state) => state.beginClosing());
  // What the storage should know of these shards must not be forgotten as their rows are closed.
  const closings = run.givenBack.map(([shard, memory]) =>
    run.acrossHolds(() => closeShard({ batchId, pass, shard, ...memory, isCancelled: true })),
  );
  await Promise.all(closings);
  // From the first shard on: one whose run ended from outside has no outcome file, either.
  const closed = run.closedShards;
  const known = closed.length === 0 ? {} : { closed };
  const { counts } = await run.acrossHolds(() =>
    closeUnsentShards({ batchId, pass, fromShard: 1, ...known }),
  );
  run.change((state) => state.closed(counts));
  return await publish(input, run, 'cancelled');
}

async function publish(
  input: MigrateBatchInput,
  run: BatchRun,
  as: 'finished' | 'cancelled',
): Promise<MigrateBatchResult> {
  const { batchId, pass } = input;
  const { publishResults } = proxyBatchActivities(input);
  if (as === 'finished') run.change((state) => state.beginPublishing());
  // The manifest holds the digest of the audit log.
  await run.audit.flush();
  const isCancelled = as === 'cancelled';
  const published = await run.acrossHolds(() => publishResults({ batchId, pass, isCancelled }));
  run.change((state) => state.published(published, as));
  await end(run);
  return published;
}

async function endUnstaged(run: BatchRun): Promise<void> {
  // If the storage is what failed, the lines would wait for ever.
  await run.audit.flush('10s');
  run.change((state) => state.cancelUnstaged());
  await end(run);
}

async function end({ notices, state }: BatchRun): Promise<void> {
  notices.post('end', state.progress());
  await notices.flush();
}
