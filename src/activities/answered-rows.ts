/* What the storage must know before a shard is closed. */
import type { CloseShardInput } from '../contract/activities.ts';
import { countOf } from '../domain/counted-text.ts';
import { readOutcomeLines } from '../results/outcome-file.ts';
import { type Intent, type Storage, StorageForgotError } from '../storage/storage.ts';
import type { OpenBatch } from './batch-access.ts';
import { batchHold } from './failures.ts';
import { priorOutcomeOf } from './shard-rows.ts';

/**
 * The rows that were answered according to the workflow, and of which the storage has neither an
 * intent nor an outcome. They may be charged, so they are not sent.
 */
export async function findForgotten(
  storage: Storage,
  batch: OpenBatch,
  { batchId, pass, shard, answered = [], unwritten = [] }: CloseShardInput,
): Promise<number[]> {
  if (answered.length === 0) return [];
  const ref = { batchId, pass, shard };
  // Intents first: if the shard is consolidated in between, its rows are found twice.
  const known = new Set((await storage.intents.list(ref)).map(({ head }) => head.row));
  for (const { row } of (await readOutcomeLines(storage, ref)) ?? []) known.add(row);
  for (const { row } of unwritten) known.add(row);
  const missing: number[] = [];
  for (const [first, last] of answered) {
    for (let row = first; row <= last; row += 1) {
      // A row that an earlier pass forbids to send was answered without an intent.
      if (!known.has(row) && (await priorOutcomeOf(batch, pass, row)) === undefined) missing.push(row);
    }
  }
  return missing;
}

/** Throws StorageForgotError if there are such rows. */
export function holdOnForgotten(forgotten: readonly number[]): void {
  if (forgotten.length === 0) return;
  throw new StorageForgotError(
    `The storage has no trace of ${countOf(forgotten.length, 'answered row')} (the first is row ${forgotten[0]}). If you cancel the batch, these rows become unknown`,
  );
}

/** Throws a hold if an intent was altered or removed by hand. */
export function holdOnAltered(intents: readonly Intent[], shard: number): void {
  const altered = intents.filter(({ isAltered }) => isAltered === true);
  const [first] = altered;
  if (first === undefined) return;
  throw batchHold({
    code: 'storage_failed',
    text: `Altered or removed: ${countOf(altered.length, 'send intent')} of shard ${shard} (the first is of row ${first.head.row}). Put the original files back. If you cancel the batch, their rows become unknown`,
    count: altered.length,
  });
}
