/*
 * Closes a shard: seals it, waits for the owners of open intents, and consolidates it. May run
 * again, and in several processes at once.
 */
import { Context } from '@temporalio/activity';
import type {
  CloseShardInput,
  CloseShardResult,
  CloseUnsentShardsInput,
  RowRuns,
  UnwrittenResult,
} from '../contract/activities.ts';
import type { OutcomeCounts, RowOutcome } from '../contract/outcome.ts';
import { runsOf } from '../domain/shard-plan.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { sumCounts } from '../domain/tally.ts';
import { consolidateShard, traceLost, UnsentRowsError } from '../results/consolidate-shard.ts';
import { readOutcomeLines } from '../results/outcome-file.ts';
import type { OutcomeLine } from '../results/outcome-line.ts';
import { plannedShardsOf } from '../storage/pass-plan.ts';
import { wasOpened } from '../storage/shard-witness.ts';
import { type Intent, type ShardRef, StorageForgotError } from '../storage/storage.ts';
import { findAnswered, holdOnAltered, holdOnForgotten } from './answered-rows.ts';
import type { BatchAccess, OpenBatch } from './batch-access.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold } from './failures.ts';
import { waitForOwners } from './intent-owners.ts';
import { countLines, priorOutcomeOf, rowsWithout } from './shard-rows.ts';

export function createCloseShard(deps: ActivityDeps, openBatch: BatchAccess) {
  return async function closeShard(input: CloseShardInput): Promise<CloseShardResult> {
    const batch = await openBatch(input.batchId);
    try {
      const { forgotten, traced } = await findAnswered(deps.storage, batch, input);
      if (input.isCancelled !== true) holdOnForgotten(forgotten);
      const left = input.isCancelled === true ? undefined : await rowsLeft(deps, batch, input, traced);
      if (left !== undefined) return left;
      const lines = await closeOne(deps, batch, input, { ...input, forgotten, traced });
      return { counts: countLines(lines) };
    } catch (error) {
      if (!(error instanceof UnsentRowsError)) throw error;
      throw batchHold({ code: 'storage_failed', text: error.message, count: 1 });
    } finally {
      batch.forgetShard(input.pass, input.shard);
    }
  };
}

/** Closes the shards that a cancelled batch never started: their rows become `not_sent`. */
export function createCloseUnsentShards(deps: ActivityDeps, openBatch: BatchAccess) {
  return async function closeUnsentShards(input: CloseUnsentShardsInput): Promise<CloseShardResult> {
    const batch = await openBatch(input.batchId);
    const parts: OutcomeCounts[] = [];
    for (const shard of await shardsFrom(batch, input)) {
      const ref = { batchId: input.batchId, pass: input.pass, shard };
      const lines =
        (await readOutcomeLines(deps.storage, ref)) ??
        (await closeOne(deps, batch, ref, {
          isCancelled: true,
          // The workflow knows that it was closed, and the storage has lost its outcomes.
          isLost: isIn(input.closed, shard),
        }));
      parts.push(countLines(lines));
      batch.forgetShard(input.pass, shard);
      Context.current().heartbeat({ shard });
    }
    return { counts: sumCounts(parts) };
  };
}

const isIn = (runs: RowRuns = [], shard: number): boolean =>
  runs.some(([first, last]) => first <= shard && shard <= last);

async function shardsFrom(batch: OpenBatch, { pass, fromShard }: CloseUnsentShardsInput): Promise<number[]> {
  const shards =
    pass === 1
      ? Array.from({ length: (await batch.staging()).shards }, (_, index) => index + 1)
      : plannedShardsOf((await batch.laterPass(pass)).plan);
  return shards.filter((shard) => shard >= fromShard);
}

/**
 * Before the shard is sealed, finds rows that were never sent after all: an intent was open, but
 * its owner has since written that it sent nothing. This pass still sends them.
 */
async function rowsLeft(
  deps: ActivityDeps,
  batch: OpenBatch,
  { batchId, pass, shard, unwritten = [] }: CloseShardInput,
  traced: ReadonlySet<number>,
): Promise<CloseShardResult | undefined> {
  const ref = { batchId, pass, shard };
  const isConsolidated = (await readOutcomeLines(deps.storage, ref)) !== undefined;
  if (isConsolidated || (await deps.storage.intents.isSealed(ref))) return undefined;
  const outcomes = new Map<number, RowOutcome>();
  const intents = await waitForOwners(deps, batch, ref);
  holdOnAltered(intents, shard);
  for (const { head, result } of intents) {
    if (result === undefined) outcomes.set(head.row, 'unknown');
    else if (result.kind === 'final') outcomes.set(head.row, result.answer.outcome);
  }
  for (const { row, answer } of unwritten) outcomes.set(row, answer.outcome);
  const { toSend, counts } = await rowsWithout(batch, ref, outcomes);
  // Another closer was faster, and has removed the intents: their results are in its outcome file.
  if (toSend.length > 0 && (await deps.storage.intents.isSealed(ref))) return undefined;
  const lost = toSend.find((row) => traced.has(row));
  if (lost !== undefined) throw traceLost(lost);
  return toSend.length === 0 ? undefined : { counts, toSend: runsOf(toSend) };
}

interface Closing {
  readonly unwritten?: readonly UnwrittenResult[];
  readonly isCancelled?: boolean;
  readonly forgotten?: readonly number[];
  readonly traced?: ReadonlySet<number>;
  /** Rows without a trace may have been sent: no absence in this shard proves anything. */
  readonly isLost?: boolean;
}

async function closeOne(
  deps: ActivityDeps,
  batch: OpenBatch,
  ref: ShardRef,
  { unwritten = [], isCancelled = false, forgotten = [], traced = new Set(), ...known }: Closing,
): Promise<OutcomeLine[]> {
  const rows =
    isCancelled && ref.pass > 1
      ? await (await batch.laterPass(ref.pass)).rowsToClose(ref.shard)
      : await batch.rowsOfShard(ref.pass, ref.shard);
  const { storage } = deps;
  const isLost =
    known.isLost === true || ((await wasOpened(storage, ref)) && !(await storage.intents.isPrepared(ref)));
  if (isLost && !isCancelled) {
    throw new StorageForgotError(`Shard ${ref.shard} was opened, but its folder is missing`);
  }
  await storage.intents.seal(ref, isCancelled ? 'cancelled' : 'complete');
  await waitForOwners(deps, batch, ref);
  // A cancelled shard that is closed later, as if it were not, has rows that were never sent.
  const mayHaveUnsent = isCancelled || (await storage.intents.sealOf(ref)) === 'cancelled';
  const leaveOut = await rowsToLeaveOut(batch, ref.pass, rows, mayHaveUnsent);
  const closing = {
    ...{ unwritten, traced, isCancelled: mayHaveUnsent, leaveOut },
    forgotten: isLost ? rows.map(({ row }) => row) : forgotten,
    check: (intents: readonly Intent[], present: readonly OutcomeLine[] | undefined): void => {
      if (!mayHaveUnsent) holdOnAltered(intents, ref.shard, present);
    },
  };
  return consolidateShard({ storage, ref, rows, ...closing });
}

/**
 * In a later pass, unsent rows keep their prior outcome: all of them if the pass was cancelled,
 * otherwise those that may no longer be sent.
 */
async function rowsToLeaveOut(
  batch: OpenBatch,
  pass: number,
  rows: readonly StagedRow[],
  isCancelled: boolean,
): Promise<(row: number) => boolean> {
  if (pass === 1) return () => false;
  if (isCancelled) return () => true;
  const kept = new Set<number>();
  for (const { row } of rows) if ((await priorOutcomeOf(batch, pass, row)) !== undefined) kept.add(row);
  return (row) => kept.has(row);
}
