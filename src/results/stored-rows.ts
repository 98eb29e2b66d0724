/*
 * What the storage knows of a batch's rows at any time, read without changing anything: the outcome
 * files of closed shards, the intents of the others, and resolutions. A row that the storage does
 * not know was not sent.
 */
import type { RowOutcome } from '../contract/outcome.ts';
import { readDecisions } from '../storage/decisions.ts';
import { batchFolder } from '../storage/layout.ts';
import { type ResolutionsByRef, resolutionsByRef } from '../storage/resolutions.ts';
import type { Intent, Storage } from '../storage/storage.ts';
import { lineWithLateResult } from './late-results.ts';
import { type MergedRow, mergeRow, type PassLine, type RowLines } from './merge-row.ts';
import { readOutcomeLines } from './outcome-file.ts';

/** A batch opened for reading its rows. */
export interface StoredBatch {
  readonly storage: Storage;
  readonly batchId: string;
  /** The passes that have begun, in order. */
  readonly passes: readonly number[];
  readonly resolutions: ResolutionsByRef;
}

/** An intent with its pass. */
export interface PassIntent {
  readonly pass: number;
  readonly intent: Intent;
}

/** A row that the storage knows. */
export interface StoredRow {
  /** Its lines in the passes that closed its shard, including late results. */
  readonly lines: readonly PassLine[];
  /** The remaining intents, in order. */
  readonly intents: readonly PassIntent[];
  /** The lines merged with resolutions; undefined if there are no lines. */
  readonly merged?: MergedRow;
}

/**
 * An outcome; `in_flight` if the request was or is about to be sent; `waiting` if it was certainly
 * not processed yet.
 */
export type RowState = RowOutcome | 'in_flight' | 'waiting';

/** Opens a batch for reading its rows. Throws DecisionError and ResolutionError. */
export async function openStoredBatch(storage: Storage, batchId: string): Promise<StoredBatch> {
  const passes = (await storage.files.list(batchFolder(batchId)))
    .flatMap((name) => /^pass-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  return {
    storage,
    batchId,
    passes,
    resolutions: resolutionsByRef((await readDecisions(storage, batchId)).resolutions),
  };
}

/** The known rows of a shard. */
export async function readStoredRows(
  { storage, batchId, passes, resolutions }: StoredBatch,
  shard: number,
): Promise<Map<number, StoredRow>> {
  const found = new Map<number, { lines: PassLine[]; intents: PassIntent[] }>();
  const at = (row: number) => {
    const stored = found.get(row) ?? { lines: [], intents: [] };
    found.set(row, stored);
    return stored;
  };
  for (const pass of passes) {
    const ref = { batchId, pass, shard };
    // Read intents first. If the shard is consolidated in between, its rows then appear twice; in
    // the other order they would be missed.
    const intents = await storage.intents.list(ref);
    const last = new Map(intents.map((intent) => [intent.head.row, intent]));
    for (const intent of intents) at(intent.head.row).intents.push({ pass, intent });
    for (const line of (await readOutcomeLines(storage, ref)) ?? []) {
      at(line.row).lines.push({ pass, line: lineWithLateResult(line, last.get(line.row)) });
    }
  }
  return new Map(
    [...found].map(([row, { lines, intents }]) => [
      row,
      { lines, intents, ...(isPast(lines) ? { merged: mergeRow(lines, resolutions) } : {}) },
    ]),
  );
}

function isPast(lines: readonly PassLine[]): lines is RowLines {
  return lines.length > 0;
}

/**
 * The row's intents in its latest pass, if that pass has not closed the shard yet; otherwise none.
 */
export function unconsolidatedIntentsOf({ lines, intents }: StoredRow): readonly PassIntent[] {
  const lastPass = intents.at(-1)?.pass ?? 0;
  const isConsolidated = lines.some(({ pass }) => pass >= lastPass);
  return isConsolidated ? [] : intents.filter(({ pass }) => pass === lastPass);
}

/** The state of a row as far as known; `waiting` for an unknown row (undefined). */
export function rowStateOf(row: StoredRow | undefined): RowState {
  if (row === undefined) return 'waiting';
  const earlier = row.merged?.line.outcome;
  if (earlier === 'tokenized' || earlier === 'charged_without_token') return earlier;
  const last = unconsolidatedIntentsOf(row).at(-1)?.intent;
  if (last === undefined) return earlier ?? 'waiting';
  if (last.result === undefined) return 'in_flight';
  return last.result.kind === 'final' ? last.result.answer.outcome : (earlier ?? 'waiting');
}
