/*
 * The rows of the first pass, read from the staging that counts now. A purge may have removed it
 * since the batch was opened: then the batch is opened again, and staged again if need be. Staging
 * that is there but damaged is an error.
 */
import { Context } from '@temporalio/activity';
import type { StagedRow } from '../domain/staged-row.ts';
import { openStaging, readStagedShard, StagedShardError, type Staging } from '../storage/staged-shards.ts';
import type { ActivityDeps } from './deps.ts';
import { ensureStaged, type StageableBatch } from './stage-file.ts';

/** A batch as opened once. */
export interface ReadableBatch extends StageableBatch {
  rowsOfShard(pass: number, shard: number): Promise<readonly StagedRow[]>;
}

type Opener = (batchId: string, again?: 'again') => Promise<ReadableBatch>;

/** Below every heartbeat time-out of an activity. */
const heartbeatEveryMs = 2_500;

export interface FirstPassRows {
  /** Reads the rows of a shard. Throws StagedShardError if staging is damaged. */
  reader(batch: StageableBatch): (shard: number) => Promise<readonly StagedRow[]>;
}

export function createFirstPassRows(deps: ActivityDeps, openBatch: Opener): FirstPassRows {
  const restagings = new Map<string, Promise<unknown>>();

  /**
   * One staging for all activities that wait for it. It has no cancellation: a row's activity may
   * time out long before a large file is staged, and its next attempt waits for the same staging.
   */
  const stageAgain = (batchId: string): Promise<unknown> => {
    const present = restagings.get(batchId);
    if (present !== undefined) return present;
    const staging = ensureStaged(deps, openBatch, batchId).finally(() => restagings.delete(batchId));
    restagings.set(batchId, staging);
    return staging;
  };

  return {
    reader({ record, dataKey }) {
      const { batchId } = record;
      let staging: Promise<Staging | undefined> | undefined;
      return async (shard) => {
        staging ??= openStaging(deps.storage, record);
        let attempt: string | undefined;
        let damage: StagedShardError | undefined;
        try {
          const opened = await staging;
          attempt = opened?.summary.attempt;
          if (opened !== undefined) return await readStagedShard(deps.storage, dataKey, opened, shard);
        } catch (error) {
          // Opened again next time, since a person may have put it back.
          staging = undefined;
          if (!(error instanceof StagedShardError)) throw error;
          damage = error;
        }
        staging = undefined;
        const fresh = await openBatch(batchId, 'again');
        const now = await openStaging(deps.storage, fresh.record);
        if (damage !== undefined && now?.summary.attempt === attempt) throw damage;
        if (now === undefined) await beatingUntil(stageAgain(batchId));
        return await (await openBatch(batchId)).rowsOfShard(1, shard);
      };
    },
  };
}

async function beatingUntil<Result>(done: Promise<Result>): Promise<Result> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat({ staging: 'again' }), heartbeatEveryMs);
  try {
    return await done;
  } finally {
    clearInterval(timer);
  }
}
