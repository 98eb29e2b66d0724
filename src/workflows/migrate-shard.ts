import { CancellationScope, isCancellation, setHandler } from '@temporalio/workflow';
import { isShardSteering, migrateShardInput } from '../contract/message-checks.ts';
import {
  type MigrateShardInput,
  type MigrateShardResult,
  steerSignalName,
} from '../contract/shard-messages.ts';
import { acrossHolds } from './across-holds.ts';
import { proxyShardActivities } from './activity-proxies.ts';
import { shardProgressQuery, steerSignal } from './messages.ts';
import { requireInput, takeIf } from './shape-checks.ts';
import { ShardRun } from './shard-run.ts';

/**
 * A cancelled batch cannot be resumed, so a shard that holds while it closes tries again after this
 * long.
 */
const closingRetry = '30s';

/** Sends the rows of one shard, and consolidates their outcomes into its outcome file. */
export async function migrateShardWorkflow(input: MigrateShardInput): Promise<MigrateShardResult> {
  requireInput(migrateShardInput, input);
  const { batchId, pass, shard } = input;
  const { openShard, closeShard } = proxyShardActivities(input);
  const run = new ShardRun(input);
  setHandler(
    steerSignal,
    takeIf(steerSignalName, isShardSteering, (steering) => run.steer(steering)),
  );
  setHandler(shardProgressQuery, () => run.progress());

  const open = () =>
    acrossHolds(
      () => openShard({ batchId, pass, shard }),
      (reason) => run.holdUntilResumed(reason),
    );
  const close = () =>
    acrossHolds(
      () =>
        closeShard({
          ...{ batchId, pass, shard },
          ...(run.unwritten.length === 0 ? {} : { unwritten: run.unwritten }),
          ...(isCancelled ? { isCancelled } : {}),
        }),
      (reason) => run.holdUntilResumed(reason, closingRetry),
    );

  let isCancelled = await isCancelledDuring(async () => {
    run.load(await open());
    await run.sendAll();
  });
  for (;;) {
    const { counts, toSend } = await CancellationScope.nonCancellable(close);
    if (toSend === undefined) return { counts };
    run.load({ toSend, counts });
    if (await isCancelledDuring(() => run.sendAll())) isCancelled = true;
  }
}

/** Does something. True if the workflow was cancelled meanwhile. */
async function isCancelledDuring(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return false;
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return true;
  }
}
