/*
 * The rows of a batch that has not ended, as far as they are known: one for each row of the input, in order. A row without
 * an outcome gets none here either.
 */
import { rowsOf } from '../domain/shard-plan.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { sendsOf } from './consolidate-shard.ts';
import {
  answeredPart,
  neverSent,
  type OutcomeLine,
  type RowPart,
  rowPartOf,
  unsentLine,
} from './outcome-line.ts';
import {
  readStoredRows,
  rowStateOf,
  type StoredBatch,
  type StoredRow,
  unconsolidatedIntentsOf,
} from './stored-rows.ts';

export type PartialRow =
  | { readonly state: 'ended'; readonly line: OutcomeLine }
  | {
      /** `in_flight`: its request was sent or is about to be, and no answer is recorded. `waiting`: not sent, or not processed. */
      readonly state: 'in_flight' | 'waiting';
      readonly line: RowPart & Pick<OutcomeLine, 'merchantTxnRef'>;
    };

export interface PartialShardInput {
  readonly batch: StoredBatch;
  readonly shard: number;
  /** How many rows the batch has. */
  readonly rows: number;
  /** The shard's rows as they are staged; asked for only where outcome files do not have them. */
  readonly readStaged: (shard: number) => Promise<readonly StagedRow[]>;
}

/** The rows of one shard. Throws what `readStaged` throws. */
export async function readPartialShard({
  batch,
  shard,
  rows,
  readStaged,
}: PartialShardInput): Promise<PartialRow[]> {
  const known = await readStoredRows(batch, shard);
  const { first, last } = rowsOf(shard, rows);
  const partial: PartialRow[] = [];
  let staged: readonly StagedRow[] | undefined;
  for (let row = first; row <= last; row += 1) {
    const found = known.get(row);
    if (found?.merged === undefined) staged ??= await readStaged(shard);
    partial.push(partialRowOf(found, staged?.[row - first]));
  }
  return partial;
}

/** A row as far as it is known; `staged` may be missing where a closed shard tells of it. */
export function partialRowOf(known: StoredRow | undefined, staged: StagedRow | undefined): PartialRow {
  const merged = known?.merged?.line;
  if (merged === undefined && staged === undefined) throw new Error('A row is neither staged nor closed');
  const unsent = merged === undefined && staged !== undefined ? unsentLine(staged) : undefined;
  if (unsent !== undefined) return { state: 'ended', line: unsent };

  const intents = known === undefined ? [] : unconsolidatedIntentsOf(known).map(({ intent }) => intent);
  const last = intents.at(-1);
  const state = rowStateOf(known);
  // A pass that has not processed the row yet leaves its earlier outcome standing; so does any answer beside a token.
  const stands =
    last?.result === undefined
      ? state !== 'in_flight'
      : last.result.kind === 'not_processed' || isCharged(merged);
  if (merged !== undefined && stands) return { state: 'ended', line: merged };
  const sends = intents.length === 0 ? neverSent : sendsOf(intents);
  const part = merged === undefined ? rowPartOf(staged as StagedRow, sends) : partOf(merged, sends.sends);
  if (last?.result?.kind === 'final') return { state: 'ended', line: answeredPart(part, last.result.answer) };
  return state === 'in_flight'
    ? { state, line: { ...part, merchantTxnRef: last?.head.merchantTxnRef ?? '' } }
    : { state: 'waiting', line: part };
}

function isCharged(line: OutcomeLine | undefined): boolean {
  return line?.outcome === 'tokenized' || line?.outcome === 'charged_without_token';
}

function partOf(line: OutcomeLine, moreSends: number): RowPart {
  const { row, merchantRef, amount, currency, scheme, card, sends } = line;
  return { row, merchantRef, amount, currency, scheme, card, sends: sends + moreSends };
}
