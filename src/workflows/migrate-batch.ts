import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
} from '@temporalio/workflow';
import type { MigrateBatchInput, MigrateBatchResult } from '../contract/workflows.ts';
import { sumCounts } from '../domain/tally.ts';
import { proxyBatchActivities } from './activity-proxies.ts';
import { listen } from './batch-controls.ts';
import { BatchRun } from './batch-run.ts';

/**
 * One pass over a batch: stage the file, send its shards in a sliding window, publish the results. Cancellation closes and
 * publishes too, once the file is staged; the rows that were not sent then say so.
 */
export async function migrateBatchWorkflow(input: MigrateBatchInput): Promise<MigrateBatchResult> {
  const run = new BatchRun(input);
  listen(run);
  run.show();
  try {
    await stage(input, run);
    if ((await run.sendShards()) === 'run_full') {
      // An update that is being handled would fail with this run.
      await condition(allHandlersFinished);
      return await continueAsNew<typeof migrateBatchWorkflow>({ ...input, carried: run.state.carried() });
    }
    return await closeAndPublish(input, run, false);
  } catch (error) {
    // Before staging there is no row that could be closed or published, and nothing was sent.
    if (!isCancellation(error) || run.state.stage === 'staging') throw error;
    await CancellationScope.nonCancellable(() => closeAndPublish(input, run, true));
    throw error;
  }
}

async function stage(input: MigrateBatchInput, run: BatchRun): Promise<void> {
  if (input.carried !== undefined) return;
  const { stageBatch } = proxyBatchActivities(input.activityQueue);
  const staged = await run.acrossHolds(() => stageBatch({ batchId: input.batchId }));
  run.change((state) => {
    state.rows = staged.rows;
    state.sendableRows = staged.sendableRows;
    state.shards = staged.shards;
    state.stage = 'sending';
  });
}

async function closeAndPublish(
  input: MigrateBatchInput,
  run: BatchRun,
  isCancelled: boolean,
): Promise<MigrateBatchResult> {
  const { batchId, pass, activityQueue } = input;
  const { closeUnsentShards, publishResults } = proxyBatchActivities(activityQueue);
  run.change((state) => {
    state.stage = isCancelled ? 'closing' : 'publishing';
    // Every row has its outcome: there is nothing left that a hold or a pause could stop.
    state.hold = undefined;
    state.isPaused = false;
  });
  if (isCancelled) {
    // Shards of this run that were ended from outside are among those that have no outcome file yet.
    const { counts } = await run.acrossHolds(() => closeUnsentShards({ batchId, pass, fromShard: 1 }));
    run.change((state) => {
      state.closedCounts = sumCounts([counts]);
      state.stage = 'publishing';
    });
  }
  const published = await run.acrossHolds(() => publishResults({ batchId, pass, isCancelled }));
  run.change((state) => {
    state.closedCounts = published.counts;
    state.closedShards = state.shards;
    state.stage = isCancelled ? 'cancelled' : 'finished';
  });
  return published;
}
