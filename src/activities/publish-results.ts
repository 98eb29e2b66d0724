import { Context } from '@temporalio/activity';
import type { PublishResultsInput, PublishResultsResult } from '../contract/activities.ts';
import { shardCountOf } from '../domain/shard-plan.ts';
import { ConservationError } from '../results/merged-shard.ts';
import { publishBatch } from '../results/publish-batch.ts';
import { DecisionError } from '../storage/decisions.ts';
import { batchFolder } from '../storage/layout.ts';
import { ResolutionError } from '../storage/resolutions.ts';
import type { BatchAccess } from './batch-access.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold } from './failures.ts';

/**
 * Writes the batch's result files once all rows have an outcome. May run again: it replaces them.
 */
export function createPublishResults(deps: ActivityDeps, openBatch: BatchAccess) {
  return async function publishResults(input: PublishResultsInput): Promise<PublishResultsResult> {
    const { record } = await openBatch(input.batchId);
    const { rows } = record.file;
    const context = Context.current();
    try {
      const counts = await publishBatch({
        storage: deps.storage,
        record,
        staging: { rows, shards: shardCountOf(rows) },
        pass: input.pass,
        isCancelled: input.isCancelled,
        versions: deps.versions,
        publishedAt: new Date(deps.nowMs()).toISOString(),
        onShard: () => context.heartbeat(),
      });
      return { counts, rows, location: deps.storage.files.locate(batchFolder(input.batchId)) };
    } catch (error) {
      // Repeating helps none of them: a person must look at the storage.
      const isHold = [ConservationError, DecisionError, ResolutionError].some(
        (known) => error instanceof known,
      );
      if (!(error instanceof Error) || !isHold) throw error;
      throw batchHold({ code: 'publication_failed', text: error.message, count: 1 });
    }
  };
}
