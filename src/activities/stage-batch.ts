import { Context } from '@temporalio/activity';
import type { StageBatchInput, StageBatchResult } from '../contract/activities.ts';
import { theProgram } from '../contract/audit.ts';
import { plannedShardRunsOf, plannedShardsOf } from '../storage/pass-plan.ts';
import { decideSending } from '../storage/send-decision.ts';
import type { BatchAccess } from './batch-access.ts';
import type { ActivityDeps } from './deps.ts';
import { cancelledUnsent } from './failures.ts';
import { ensureStaged } from './stage-file.ts';

/**
 * Reads, checks and encrypts the merchant's file, shard by shard. May run again: an attempt starts
 * over, and the first one that finishes counts.
 */
export function createStageBatch(deps: ActivityDeps, openBatch: BatchAccess) {
  return async function stageBatch({ batchId, pass = 1 }: StageBatchInput): Promise<StageBatchResult> {
    const batch = await openBatch(batchId);
    if (pass > 1) {
      const { plan } = await batch.laterPass(pass);
      const shards = plannedShardsOf(plan).length;
      return { rows: plan.rows, sendableRows: plan.rows, shards, shardRuns: plannedShardRunsOf(plan) };
    }
    const context = Context.current();
    const { rows, sendableRows, shards } = await ensureStaged(deps, openBatch, batchId, {
      signal: context.cancellationSignal,
      onProgress: (read) => context.heartbeat({ rows: read }),
    });
    // The last step before rows can be sent. A cancel in the storage may have come first.
    const at = new Date(deps.nowMs()).toISOString();
    const { decision } = await decideSending(deps.storage, batchId, {
      decision: 'send',
      at,
      who: theProgram,
    });
    if (decision === 'cancel') throw cancelledUnsent();
    return { rows, sendableRows, shards };
  };
}
