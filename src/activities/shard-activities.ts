import { Context, sleep } from '@temporalio/activity';
import type {
  CloseShardInput,
  CloseShardResult,
  CloseUnsentShardsInput,
  OpenShardInput,
  OpenShardResult,
} from '../contract/activities.ts';
import type { OutcomeCounts, RowOutcome } from '../contract/outcome.ts';
import { runsOf } from '../domain/shard-plan.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { countOutcome, sumCounts } from '../domain/tally.ts';
import { consolidateShard, UnsentRowsError } from '../results/consolidate-shard.ts';
import { type OutcomeLine, readOutcomeLines } from '../results/outcome-line.ts';
import { plannedShardsOf } from '../storage/pass-plan.ts';
import type { Intent, ShardRef } from '../storage/storage.ts';
import type { BatchAccess, OpenBatch } from './batch-access.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold } from './failures.ts';
import { waitedForUntilMs } from './intent-deadline.ts';

/** How often the closing of a shard checks its open intents for results. */
const openIntentPollMs = 1_000;

const countLines = (lines: readonly { outcome: RowOutcome }[]): OutcomeCounts =>
  lines.reduce<OutcomeCounts>((counts, { outcome }) => countOutcome(counts, outcome), {});

/**
 * Lists the rows of a shard that are still to be sent. May run again: it lists only rows that were
 * never sent.
 */
export function createOpenShard({ storage }: ActivityDeps, openBatch: BatchAccess) {
  return async function openShard(input: OpenShardInput): Promise<OpenShardResult> {
    const batch = await openBatch(input.batchId);
    const lines = await readOutcomeLines(storage, input);
    if (lines !== undefined) {
      return { toSend: [], counts: countLines(lines) };
    }
    if (await storage.intents.isSealed(input)) {
      return { toSend: [], counts: {} };
    }
    await storage.intents.prepare(input);
    const ended = new Map<number, RowOutcome>();
    for (const { head, result } of await storage.intents.list(input)) {
      if (result?.kind === 'final') ended.set(head.row, result.answer.outcome);
    }
    const { toSend, counts } = await rowsWithout(batch, input, ended);
    return { toSend: runsOf(toSend), counts };
  };
}

/** Seals a shard, waits for the owners of open intents, and consolidates the shard. */
export function createCloseShard(deps: ActivityDeps, openBatch: BatchAccess) {
  return async function closeShard(input: CloseShardInput): Promise<CloseShardResult> {
    const batch = await openBatch(input.batchId);
    try {
      const left = input.isCancelled === true ? undefined : await rowsLeft(deps, batch, input);
      if (left !== undefined) return left;
      const lines = await closeOne(deps, batch, input, input);
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
        (await closeOne(deps, batch, ref, { isCancelled: true }));
      parts.push(countLines(lines));
      batch.forgetShard(input.pass, shard);
      Context.current().heartbeat({ shard });
    }
    return { counts: sumCounts(parts) };
  };
}

async function shardsFrom(batch: OpenBatch, { pass, fromShard }: CloseUnsentShardsInput): Promise<number[]> {
  const shards =
    pass === 1
      ? Array.from({ length: (await batch.staging()).shards }, (_, index) => index + 1)
      : plannedShardsOf((await batch.laterPass(pass)).plan);
  return shards.filter((shard) => shard >= fromShard);
}

/** The outcome from earlier passes that forbids sending the row in this one, if any. */
async function priorOutcomeOf(batch: OpenBatch, pass: number, row: number): Promise<RowOutcome | undefined> {
  return pass === 1 ? undefined : await (await batch.laterPass(pass)).priorOutcomeOf(row);
}

/**
 * Before the shard is sealed, finds rows that were never sent after all: an intent counted as open,
 * and its row as `unknown`, but the owner has since written that it sent nothing. This pass still
 * sends them.
 */
async function rowsLeft(
  deps: ActivityDeps,
  batch: OpenBatch,
  { batchId, pass, shard, unwritten = [] }: CloseShardInput,
): Promise<CloseShardResult | undefined> {
  const ref = { batchId, pass, shard };
  const isConsolidated = (await readOutcomeLines(deps.storage, ref)) !== undefined;
  if (isConsolidated || (await deps.storage.intents.isSealed(ref))) return undefined;
  const outcomes = new Map<number, RowOutcome>();
  for (const { head, result } of await waitForOwners(deps, batch, ref)) {
    if (result === undefined) outcomes.set(head.row, 'unknown');
    else if (result.kind === 'final') outcomes.set(head.row, result.answer.outcome);
  }
  for (const { row, answer } of unwritten) outcomes.set(row, answer.outcome);
  const { toSend, counts } = await rowsWithout(batch, ref, outcomes);
  return toSend.length === 0 ? undefined : { counts, toSend: runsOf(toSend) };
}

/** The rows of a shard that have no outcome yet, and the counts of the others. */
async function rowsWithout(
  batch: OpenBatch,
  { pass, shard }: ShardRef,
  outcomes: ReadonlyMap<number, RowOutcome>,
): Promise<{ readonly toSend: readonly number[]; readonly counts: OutcomeCounts }> {
  const toSend: number[] = [];
  let counts: OutcomeCounts = {};
  for (const row of await batch.rowsOfShard(pass, shard)) {
    const outcome =
      row.kind !== 'sendable'
        ? row.kind
        : (outcomes.get(row.row) ?? (await priorOutcomeOf(batch, pass, row.row)));
    if (outcome === undefined) toSend.push(row.row);
    else counts = countOutcome(counts, outcome);
  }
  return { toSend, counts };
}

/** Waits until each intent has its result or its owner's time is over. Returns the intents. */
async function waitForOwners(
  { storage, nowMs }: ActivityDeps,
  batch: OpenBatch,
  ref: ShardRef,
): Promise<Intent[]> {
  for (;;) {
    const intents = await storage.intents.list(ref);
    const open = intents.filter((intent) => intent.result === undefined);
    const deadlineMs = Math.max(
      0,
      ...open.map(({ head }) => waitedForUntilMs(head, batch.record.gatewayTimeoutMs)),
    );
    const waitMs = deadlineMs - nowMs();
    if (waitMs <= 0) return intents;
    Context.current().heartbeat({ openIntents: open.length });
    await sleep(Math.min(waitMs, openIntentPollMs));
  }
}

async function closeOne(
  deps: ActivityDeps,
  batch: OpenBatch,
  ref: ShardRef,
  {
    unwritten = [],
    isCancelled = false,
  }: Pick<CloseShardInput, 'unwritten'> & { readonly isCancelled?: boolean },
): Promise<OutcomeLine[]> {
  const rows =
    isCancelled && ref.pass > 1
      ? await (await batch.laterPass(ref.pass)).rowsToClose(ref.shard)
      : await batch.rowsOfShard(ref.pass, ref.shard);
  const { storage } = deps;
  await storage.intents.seal(ref);
  await waitForOwners(deps, batch, ref);
  const leaveOut = await rowsToLeaveOut(batch, ref.pass, rows, isCancelled);
  return consolidateShard({ storage, ref, rows, unwritten, isCancelled, leaveOut });
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
