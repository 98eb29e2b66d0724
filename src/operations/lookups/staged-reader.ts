/* A batch's staged rows, for commands that show rows of shards that are still open. */

import type { AppContext } from '../../app/app-context.ts';
import { rowsOf } from '../../domain/shard-plan.ts';
import type { StagedRow } from '../../domain/staged-row.ts';
import { type BatchRecord, unwrapDataKey } from '../../storage/batch-record.ts';
import { openStaging, readStagedShard, type Staging } from '../../storage/staged-shards.ts';
import { OperationRefused } from '../errors.ts';

export type ReadStaged = (shard: number) => Promise<readonly StagedRow[]>;

/**
 * Reads shards of the first staging. Reading throws OperationRefused if the batch is not staged
 * yet, or was purged.
 */
export function createStagedReader(context: AppContext, record: BatchRecord): ReadStaged {
  let dataKey: Promise<Uint8Array> | undefined;
  let opened: Staging | undefined;
  return async (shard) => {
    const storage = await context.storage();
    opened ??= await openStaging(storage, record);
    if (opened === undefined) {
      const { first, last } = rowsOf(shard, record.file.rows);
      throw new OperationRefused(
        'no_results',
        `Nothing is known about rows ${first} to ${last}: the batch is not staged yet, or its staging was purged (${record.batchId})`,
      );
    }
    dataKey ??= context.operatorKey().then((operatorKey) => unwrapDataKey(operatorKey, record));
    return await readStagedShard(storage, await dataKey, opened, shard);
  };
}
