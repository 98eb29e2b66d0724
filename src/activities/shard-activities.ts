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
import { countOutcome, sumCounts } from '../domain/tally.ts';
import { foldShard, UnsentRowsError } from '../results/fold-shard.ts';
import { type OutcomeLine, readOutcomeLines } from '../results/outcome-line.ts';
import type { ShardRef } from '../storage/storage.ts';
import type { BatchAccess } from './batch-access.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold } from './failures.ts';

/** How often the closing looks whether an open note's maker has written its end. */
const openNotePollMs = 1_000;

const countLines = (lines: readonly { outcome: RowOutcome }[]): OutcomeCounts =>
  lines.reduce<OutcomeCounts>((counts, { outcome }) => countOutcome(counts, outcome), {});

/** Tells which rows of a shard are still to be sent: any shard may be run again, and sends only what was never sent. */
export function createOpenShard({ storage }: ActivityDeps, openBatch: BatchAccess) {
  return async function openShard(input: OpenShardInput): Promise<OpenShardResult> {
    const batch = await openBatch(input.batchId);
    const lines = await readOutcomeLines(storage, input);
    if (lines !== undefined) {
      return { toSend: [], counts: countLines(lines) };
    }
    if (await storage.notes.isSealed(input)) {
      return { toSend: [], counts: {} };
    }
    await storage.notes.prepare(input);
    const ended = new Map<number, RowOutcome>();
    for (const { head, end } of await storage.notes.list(input)) {
      if (end?.kind === 'ended') ended.set(head.row, end.answer.outcome);
    }
    const toSend: number[] = [];
    let counts: OutcomeCounts = {};
    for (const row of await batch.rowsOfShard(input.shard)) {
      const outcome = row.kind === 'rejected' ? 'rejected' : ended.get(row.row);
      if (outcome === undefined) toSend.push(row.row);
      else counts = countOutcome(counts, outcome);
    }
    return { toSend: runsOf(toSend), counts };
  };
}

/** Seals a shard, waits for the makers of open notes, and folds all ends into the shard's outcome file. */
export function createCloseShard(deps: ActivityDeps, openBatch: BatchAccess) {
  return async function closeShard(input: CloseShardInput): Promise<CloseShardResult> {
    const batch = await openBatch(input.batchId);
    try {
      const lines = await closeOne(deps, input, await batch.rowsOfShard(input.shard), input);
      return { counts: countLines(lines) };
    } catch (error) {
      if (!(error instanceof UnsentRowsError)) throw error;
      throw batchHold({ code: 'storage_failed', text: error.message, count: 1 });
    } finally {
      batch.forgetShard(input.shard);
    }
  };
}

/** Closes the shards that a cancelled batch never began: their rows become `not_sent`. */
export function createCloseUnsentShards(deps: ActivityDeps, openBatch: BatchAccess) {
  return async function closeUnsentShards(input: CloseUnsentShardsInput): Promise<CloseShardResult> {
    const batch = await openBatch(input.batchId);
    const { shards } = await batch.staging();
    const parts: OutcomeCounts[] = [];
    for (let shard = input.fromShard; shard <= shards; shard += 1) {
      const ref = { batchId: input.batchId, pass: input.pass, shard };
      const lines =
        (await readOutcomeLines(deps.storage, ref)) ??
        (await closeOne(deps, ref, await batch.rowsOfShard(shard), { isCancelled: true }));
      parts.push(countLines(lines));
      batch.forgetShard(shard);
      Context.current().heartbeat({ shard });
    }
    return { counts: sumCounts(parts) };
  };
}

async function closeOne(
  { storage, nowMs }: ActivityDeps,
  ref: ShardRef,
  rows: Parameters<typeof foldShard>[0]['rows'],
  {
    unwritten = [],
    isCancelled = false,
  }: Pick<CloseShardInput, 'unwritten'> & { readonly isCancelled?: boolean },
): Promise<OutcomeLine[]> {
  await storage.notes.seal(ref);
  for (;;) {
    const open = (await storage.notes.list(ref)).filter((note) => note.end === undefined);
    const deadlineMs = Math.max(0, ...open.map((note) => note.head.deadlineMs));
    const waitMs = deadlineMs - nowMs();
    if (waitMs <= 0) break;
    Context.current().heartbeat({ openNotes: open.length });
    await sleep(Math.min(waitMs, openNotePollMs));
  }
  return foldShard({ storage, ref, rows, unwritten, isCancelled });
}
