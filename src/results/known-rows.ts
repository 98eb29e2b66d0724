/*
 * What the storage alone knows of a batch's rows, at any time and without changing anything: the outcome files of closed
 * shards, the intents of the others, and what people settled. A row that it knows nothing of was not sent.
 */
import type { RowOutcome } from '../contract/outcome.ts';
import { batchFolder } from '../storage/layout.ts';
import { readResolutions, type VerdictsByRef, verdictsOf } from '../storage/resolutions.ts';
import type { Intent, Storage } from '../storage/storage.ts';
import { lineWithLateEnd } from './late-results.ts';
import { type MergedRow, mergeRow, type PassLine, type RowPast } from './merge-passes.ts';
import { readOutcomeLines } from './outcome-line.ts';

/** A batch whose rows are asked for. */
export interface KnownBatch {
  readonly storage: Storage;
  readonly batchId: string;
  /** The passes that have begun, in order. */
  readonly passes: readonly number[];
  readonly verdicts: VerdictsByRef;
}

/** An intent with the pass it was made in. */
export interface PassIntent {
  readonly pass: number;
  readonly intent: Intent;
}

/** A row that something is known of. */
export interface KnownRow {
  /** Its lines in the passes that closed its shard, late results among them. */
  readonly lines: readonly PassLine[];
  /** The intents that are there still, in order. */
  readonly intents: readonly PassIntent[];
  /** The lines merged, with what people settled; undefined where there is none. */
  readonly merged?: MergedRow;
}

/** A row with an outcome, one whose request was or is about to be sent, or one that was certainly not processed yet. */
export type KnownState = RowOutcome | 'in_flight' | 'waiting';

/** Gets ready to ask for a batch's rows. Throws ResolutionError. */
export async function openKnownBatch(storage: Storage, batchId: string): Promise<KnownBatch> {
  const passes = (await storage.files.list(batchFolder(batchId)))
    .flatMap((name) => /^pass-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  return { storage, batchId, passes, verdicts: verdictsOf(await readResolutions(storage, batchId)) };
}

/** The rows of a shard that something is known of. */
export async function readKnownRows(
  { storage, batchId, passes, verdicts }: KnownBatch,
  shard: number,
): Promise<Map<number, KnownRow>> {
  const found = new Map<number, { lines: PassLine[]; intents: PassIntent[] }>();
  const at = (row: number) => {
    const known = found.get(row) ?? { lines: [], intents: [] };
    found.set(row, known);
    return known;
  };
  for (const pass of passes) {
    const ref = { batchId, pass, shard };
    // The intents first: a shard that is consolidated in between then shows its rows twice, and not at all the other way round.
    const intents = await storage.intents.list(ref);
    const last = new Map(intents.map((intent) => [intent.head.row, intent]));
    for (const intent of intents) at(intent.head.row).intents.push({ pass, intent });
    for (const line of (await readOutcomeLines(storage, ref)) ?? []) {
      at(line.row).lines.push({ pass, line: lineWithLateEnd(line, last.get(line.row)) });
    }
  }
  return new Map(
    [...found].map(([row, { lines, intents }]) => [
      row,
      { lines, intents, ...(isPast(lines) ? { merged: mergeRow(lines, verdicts) } : {}) },
    ]),
  );
}

function isPast(lines: readonly PassLine[]): lines is RowPast {
  return lines.length > 0;
}

/** The row's intents of a pass that has not closed its shard yet; none where the last pass has. */
export function freshIntentsOf({ lines, intents }: KnownRow): readonly PassIntent[] {
  const lastPass = intents.at(-1)?.pass ?? 0;
  const isConsolidated = lines.some(({ pass }) => pass >= lastPass);
  return isConsolidated ? [] : intents.filter(({ pass }) => pass === lastPass);
}

/** What became of a row as far as is known; of undefined, a row that nothing is known of, `waiting`. */
export function knownStateOf(row: KnownRow | undefined): KnownState {
  if (row === undefined) return 'waiting';
  const earlier = row.merged?.line.outcome;
  if (earlier === 'tokenized' || earlier === 'charged_without_token') return earlier;
  const last = freshIntentsOf(row).at(-1)?.intent;
  if (last === undefined) return earlier ?? 'waiting';
  if (last.result === undefined) return 'in_flight';
  return last.result.kind === 'final' ? last.result.answer.outcome : (earlier ?? 'waiting');
}
