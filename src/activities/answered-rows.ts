/* What the storage must know before a shard is closed. */
import type { CloseShardInput } from '../contract/activities.ts';
import { countOf } from '../domain/counted-text.ts';
import { wasOpenAtConsolidation } from '../results/late-results.ts';
import { readOutcomeLines } from '../results/outcome-file.ts';
import type { OutcomeLine } from '../results/outcome-line.ts';
import { type Intent, type Storage, StorageForgotError } from '../storage/storage.ts';
import type { OpenBatch } from './batch-access.ts';
import { batchHold } from './failures.ts';
import { priorOutcomeOf } from './shard-rows.ts';

/** Answered rows, by whether the storage has a trace of them. */
export interface AnsweredRows {
  readonly forgotten: readonly number[];
  readonly traced: ReadonlySet<number>;
}

/**
 * The rows that were answered according to the workflow: those of which the storage has neither the
 * intent nor an outcome, and those with one. The former may be charged, so they are not sent. The
 * latter must keep their trace until the shard is closed: what decides about them is read later.
 */
export async function findAnswered(
  storage: Storage,
  batch: OpenBatch,
  { batchId, pass, shard, answered = [], unwritten = [] }: CloseShardInput,
): Promise<AnsweredRows> {
  const traced = new Set<number>();
  if (answered.length === 0) return { forgotten: [], traced };
  const ref = { batchId, pass, shard };
  // Intents first: if the shard is consolidated in between, its rows are found twice.
  // A send that was not processed is no answer: the one that was answered is missing.
  const known = new Set(
    (await storage.intents.list(ref)).flatMap(({ head, result }) =>
      result?.kind === 'not_processed' ? [] : [head.row],
    ),
  );
  for (const { row } of (await readOutcomeLines(storage, ref)) ?? []) known.add(row);
  for (const { row } of unwritten) known.add(row);
  const missing: number[] = [];
  for (const [first, last] of answered) {
    for (let row = first; row <= last; row += 1) {
      if (known.has(row)) traced.add(row);
      // A row that an earlier pass forbids to send was answered without an intent.
      else if ((await priorOutcomeOf(batch, pass, row)) === undefined) missing.push(row);
    }
  }
  return { forgotten: missing, traced };
}

/** Throws StorageForgotError if there are such rows. */
export function holdOnForgotten(forgotten: readonly number[]): void {
  if (forgotten.length === 0) return;
  throw new StorageForgotError(
    `The storage has no trace of ${countOf(forgotten.length, 'answered row')} (the first is row ${forgotten[0]}). If you cancel the batch, these rows become unknown`,
  );
}

/**
 * Throws a hold if an intent was altered or removed by hand. Not for those that a consolidation
 * removed: a process that had stood still may have created the next one only then. Of a row with an
 * open intent, another closer that did not see it may have removed those before it.
 */
export function holdOnAltered(
  intents: readonly Intent[],
  shard: number,
  lines: readonly OutcomeLine[] = [],
): void {
  const removed = new Map(
    lines.map((line) => [line.row, wasOpenAtConsolidation(line) ? line.sends - 1 : line.sends]),
  );
  const altered = intents.filter(
    ({ isAltered, head }) => isAltered === true && head.intent > (removed.get(head.row) ?? 0),
  );
  const [first] = altered;
  if (first === undefined) return;
  throw batchHold({
    code: 'storage_failed',
    text: `Altered or removed: ${countOf(altered.length, 'send intent')} of shard ${shard} (the first is of row ${first.head.row}). Put the original files back. If you cancel the batch, their rows become unknown`,
    count: altered.length,
  });
}
