/*
 * The rows of a running batch, one for each input row, in order. A row without an outcome has none
 * here either.
 */
import { definedOf } from '../domain/defined.ts';
import { rowsOf } from '../domain/shard-plan.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { sendsOf } from './consolidate-row.ts';
import {
  answeredPart,
  neverSent,
  type OutcomeLine,
  type RowFields,
  rowFieldsOf,
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
      /**
       * `in_flight`: the request was or is about to be sent, and no answer is recorded. `waiting`:
       * not sent, or not processed.
       */
      readonly state: 'in_flight' | 'waiting';
      readonly line: RowFields & Pick<OutcomeLine, 'merchantTxnRef'>;
    };

export interface PartialShardInput {
  readonly batch: StoredBatch;
  readonly shard: number;
  /** How many rows the batch has. */
  readonly rows: number;
  /** The shard's staged rows. Called only if outcome files do not have all rows. */
  readonly readStaged: (shard: number) => Promise<readonly StagedRow[]>;
}

/** The rows of one shard. Throws whatever `readStaged` throws. */
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

/** The state of a row. `staged` is needed only if no shard with the row is closed. */
export function partialRowOf(known: StoredRow | undefined, staged: StagedRow | undefined): PartialRow {
  const merged = known?.merged?.line;
  if (merged === undefined && staged === undefined) throw new Error('A row is neither staged nor closed');
  const unsent = merged === undefined && staged !== undefined ? unsentLine(staged) : undefined;
  if (unsent !== undefined) return { state: 'ended', line: unsent };

  const intents = known === undefined ? [] : unconsolidatedIntentsOf(known).map(({ intent }) => intent);
  const last = intents.at(-1);
  const state = rowStateOf(known);
  // While a pass has not processed the row, its earlier outcome stays in force. After a token or a
  // charge it stays whatever the pass is answered.
  const stands =
    last?.result === undefined
      ? state !== 'in_flight'
      : last.result.kind === 'not_processed' || isCharged(merged);
  if (merged !== undefined && stands) return { state: 'ended', line: merged };
  const sends = intents.length === 0 ? neverSent : sendsOf(intents);
  const part = merged === undefined ? rowFieldsOf(staged as StagedRow, sends) : partOf(merged, sends.sends);
  if (last?.result?.kind === 'final') return { state: 'ended', line: answeredPart(part, last.result.answer) };
  return state === 'in_flight'
    ? { state, line: { ...part, merchantTxnRef: last?.head.merchantTxnRef ?? '' } }
    : { state: 'waiting', line: part };
}

function isCharged(line: OutcomeLine | undefined): boolean {
  return line?.outcome === 'tokenized' || line?.outcome === 'charged_without_token';
}

function partOf(line: OutcomeLine, moreSends: number): RowFields {
  const { row, merchantRef, amount, currency, scheme, card, passed, sends } = line;
  const fields = { row, merchantRef, amount, currency, scheme, card, sends: sends + moreSends };
  return { ...fields, ...definedOf({ passed }) };
}
