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
import { listenToLimits } from './limit-controls.ts';

/**
 * One pass over a batch: stage the file (the first pass), send its shards in a sliding window, publish the results. Cancellation closes and
 * publishes too, once the file is staged; the rows that were not sent then say so.
 */
export async function migrateBatchWorkflow(input: MigrateBatchInput): Promise<MigrateBatchResult> {
  const run = new BatchRun(input);
  listen(run);
  listenToLimits(run, input);
  run.show();
  try {
    await stage(input, run);
    if (input.closesOnly === true) return await closeAndPublish(input, run, true);
    if ((await run.sendShards()) === 'run_full') {
      await settle(run);
      return await continueAsNew<typeof migrateBatchWorkflow>({ ...input, carried: run.carried() });
    }
    return await closeAndPublish(input, run, false);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // Before staging there is no row that could be closed or published, and nothing was sent. A later pass finds them all
    // there, and its closing leaves their earlier outcomes standing.
    if (run.state.stage === 'staging' && input.pass === 1) {
      // The storage may be what failed: then the lines wait in vain.
      await run.audit.flush('10s');
      run.change((state) => {
        state.hold = undefined;
        state.stage = 'cancelled';
      });
      run.notices.post('end', run.state.progress());
      await run.notices.flush();
      throw error;
    }
    await CancellationScope.nonCancellable(() => closeAndPublish(input, run, true));
    throw error;
  }
}

/**
 * Waits until nothing is under way that would fail with this run of the workflow: an update that is being handled, a line or
 * a notice that is being written. Rejects where the batch was cancelled meanwhile: the next run would not hear of it.
 */
async function settle({ audit, notices }: BatchRun): Promise<void> {
  do {
    await condition(allHandlersFinished);
    await audit.flush();
    await notices.flush();
    // What came during the flushes may have more to write.
  } while (!allHandlersFinished() || !audit.isWritten || !notices.areStarted);
  await condition(() => true);
}

async function stage(input: MigrateBatchInput, run: BatchRun): Promise<void> {
  if (input.carried !== undefined) return;
  const { stageBatch } = proxyBatchActivities(input);
  const { batchId, pass } = input;
  const staged = await run.acrossHolds(() => stageBatch({ batchId, ...(pass === 1 ? {} : { pass }) }));
  run.change((state) => {
    state.rows = staged.rows;
    state.sendableRows = staged.sendableRows;
    state.shards = staged.shards;
    state.shardRuns = staged.shardRuns;
    state.stage = 'sending';
  });
  run.notices.post('start', run.state.progress());
}

async function closeAndPublish(
  input: MigrateBatchInput,
  run: BatchRun,
  isCancelled: boolean,
): Promise<MigrateBatchResult> {
  const { batchId, pass } = input;
  const { closeUnsentShards, publishResults } = proxyBatchActivities(input);
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
  // The manifest names the log's digest.
  await run.audit.flush();
  const published = await run.acrossHolds(() => publishResults({ batchId, pass, isCancelled }));
  run.change((state) => {
    state.rows = published.rows;
    state.closedCounts = published.counts;
    state.closedShards = state.shards;
    state.stage = isCancelled ? 'cancelled' : 'finished';
  });
  run.notices.post('end', run.state.progress());
  await run.notices.flush();
  return published;
}
