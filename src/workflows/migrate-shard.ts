import { CancellationScope, isCancellation, setHandler } from '@temporalio/workflow';
import type { OpenShardInput, RowRuns } from '../contract/activities.ts';
import { isShardSteering, migrateShardInput } from '../contract/message-checks.ts';
import {
  type MigrateShardInput,
  type MigrateShardResult,
  steerSignalName,
} from '../contract/shard-messages.ts';
import { definedOf } from '../domain/defined.ts';
import { acrossHolds } from './across-holds.ts';
import { proxyShardActivities } from './activity-proxies.ts';
import { shardProgressQuery, steerSignal } from './messages.ts';
import { requireInput, takeIf } from './shape-checks.ts';
import { ShardRun } from './shard-run.ts';

/**
 * Sends the rows of one shard, and consolidates their outcomes into its outcome file.
 *
 * If it is cancelled, it gives its rows back to the batch. Only the batch knows whether it was
 * cancelled itself, and its unsent rows become `not_sent`, or a person cancelled this workflow by
 * hand, and its rows are sent after `resume`.
 */
export async function migrateShardWorkflow(input: MigrateShardInput): Promise<MigrateShardResult> {
  requireInput(migrateShardInput, input);
  const { openShard, closeShard } = proxyShardActivities(input);
  const run = new ShardRun(input);
  setHandler(
    steerSignal,
    takeIf(steerSignalName, isShardSteering, (steering) => run.steer(steering)),
  );
  setHandler(shardProgressQuery, () => run.progress());

  const { batchId, pass, shard } = input;
  const close = () => closeShard({ batchId, pass, shard, ...run.memory });
  try {
    run.load(await unlessForgotten(run, () => openShard(openingOf(input))));
    for (;;) {
      await run.sendAll();
      const { counts, toSend } = await unlessForgotten(run, () => CancellationScope.nonCancellable(close));
      if (toSend === undefined) return await run.ended({ counts });
      run.load({ toSend, counts });
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return await CancellationScope.nonCancellable(() => run.ended({ givenBack: run.memory }));
  }
}

function openingOf({ batchId, pass, shard, lastOpening, wasOpened }: MigrateShardInput): OpenShardInput {
  return { batchId, pass, shard, ...definedOf({ lastOpening, wasOpened }) };
}

/** Asks the storage which rows are left to send, again after each hold. */
async function unlessForgotten<Result extends { readonly toSend?: RowRuns }>(
  run: ShardRun,
  ask: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const result = await acrossHolds(ask, (reason) => run.holdUntilResumed(reason));
    const forgotten = run.forgottenIn(result.toSend ?? []);
    if (forgotten === undefined) return result;
    await run.holdUntilResumed(forgotten);
  }
}
