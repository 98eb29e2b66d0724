/*
 * Opens a shard: lists the rows that are still to be sent. May run again: it lists only rows that
 * were never sent. Before its first row is sent, a second witness records that the shard was
 * opened. If the storage lacks what the workflow or the witness knows, it lost something or is an
 * older copy, and nothing is sent.
 */
import type { OpenShardInput, OpenShardResult } from '../contract/activities.ts';
import type { RowOutcome } from '../contract/outcome.ts';
import { runsOf } from '../domain/shard-plan.ts';
import { readOutcomeLines } from '../results/outcome-file.ts';
import { recordOpened, wasOpened } from '../storage/shard-witness.ts';
import { type Storage, StorageForgotError } from '../storage/storage.ts';
import type { BatchAccess } from './batch-access.ts';
import type { ActivityDeps } from './deps.ts';
import { countLines, rowsWithout } from './shard-rows.ts';

export function createOpenShard({ storage }: ActivityDeps, openBatch: BatchAccess) {
  return async function openShard(input: OpenShardInput): Promise<OpenShardResult> {
    const batch = await openBatch(input.batchId);
    const isKnown = await wasOpened(storage, input);
    await checkMemory(storage, input, isKnown);
    // Openings follow the order of the shards.
    const opening = isKnown ? { opening: input.shard } : {};
    const lines = await readOutcomeLines(storage, input);
    if (lines !== undefined) return { toSend: [], counts: countLines(lines), ...opening };
    // Closing it is all that is left to do.
    if (await storage.intents.isSealed(input)) return { toSend: [], counts: {}, ...opening };

    if (isKnown && !(await storage.intents.isPrepared(input))) {
      throw new StorageForgotError(`Shard ${input.shard} was opened, but its folder is missing`);
    }
    await storage.intents.prepare(input);
    await recordOpened(storage, input);
    const ended = new Map<number, RowOutcome>();
    for (const { head, result } of await storage.intents.list(input)) {
      if (result?.kind === 'final') ended.set(head.row, result.answer.outcome);
    }
    const { toSend, counts } = await rowsWithout(batch, input, ended);
    return { toSend: runsOf(toSend), counts, opening: input.shard };
  };
}

/** Throws StorageForgotError if the storage lacks an opening that the workflow knows of. */
async function checkMemory(storage: Storage, input: OpenShardInput, isKnown: boolean): Promise<void> {
  const { batchId, pass, shard, lastOpening } = input;
  const isLastKnown =
    lastOpening === undefined || (await wasOpened(storage, { batchId, pass, shard: lastOpening }));
  if (isLastKnown && (isKnown || input.wasOpened !== true)) return;
  throw new StorageForgotError(
    `The storage does not know that shard ${isLastKnown ? shard : lastOpening} was opened. It was replaced by an older copy, or CARDLIFT_STORAGE names another storage`,
  );
}
