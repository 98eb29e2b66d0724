import { CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow';
import type { MigrateShardInput, MigrateShardResult } from '../contract/workflows.ts';
import { proxyShardActivities } from './activity-proxies.ts';
import { holdReasonOf } from './hold-failure.ts';
import { shardProgressQuery, steerSignal } from './messages.ts';
import { ShardRun } from './shard-run.ts';

/** Sends the rows of one shard, and consolidates what became of them into its outcome file. */
export async function migrateShardWorkflow(input: MigrateShardInput): Promise<MigrateShardResult> {
  const { batchId, pass, shard } = input;
  const { openShard, closeShard } = proxyShardActivities(input);
  const run = new ShardRun(input);
  setHandler(steerSignal, (steering) => run.steer(steering));
  setHandler(shardProgressQuery, () => run.progress());

  let isCancelled = false;
  const attempt = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      if (!isCancellation(error)) throw error;
      isCancelled = true;
    }
  };
  await attempt(async () => {
    run.load(await acrossHolds(run, () => openShard({ batchId, pass, shard })));
    await run.sendAll();
  });
  for (;;) {
    const { counts, toSend } = await CancellationScope.nonCancellable(() =>
      acrossHolds(run, () =>
        closeShard({
          batchId,
          pass,
          shard,
          ...(run.unwritten.length === 0 ? {} : { unwritten: run.unwritten }),
          ...(isCancelled ? { isCancelled } : {}),
        }),
      ),
    );
    if (toSend === undefined) return { counts };
    run.load({ toSend, counts });
    await attempt(() => run.sendAll());
  }
}

/** How often a hold during the closing is tried again without a person: a cancelled batch cannot be resumed. */
const closingRetry = '30s';

/** Does something that may make the batch hold, again after each `resume`. */
async function acrossHolds<Result>(run: ShardRun, act: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const reason = holdReasonOf(error, 'storage_failed');
      if (reason === undefined) throw error;
      const { holdGeneration } = run;
      run.hold(reason);
      const isClosing = !CancellationScope.current().cancellable;
      await (isClosing
        ? condition(() => run.holdGeneration > holdGeneration, closingRetry)
        : condition(() => run.holdGeneration > holdGeneration));
    }
  }
}
