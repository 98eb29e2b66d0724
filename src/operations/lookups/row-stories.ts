/* The details of rows: every send, its result, and the stored answers. Reads only the storage. */
import type { AppContext } from '../../app/app-context.ts';
import { countOf } from '../../domain/counted-text.ts';
import { shardCountOf, shardOf } from '../../domain/shard-plan.ts';
import { readOutcomeLines } from '../../results/outcome-file.ts';
import { describeRow, type RowDetails } from '../../results/row-details.ts';
import { openStoredBatch, readStoredRows, type StoredBatch } from '../../results/stored-rows.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { readLatest } from '../../storage/generations.ts';
import { outcomesKey } from '../../storage/layout.ts';
import type { Storage } from '../../storage/storage.ts';
import { OperationRefused } from '../errors.ts';
import { type MaskedAnswer, readMaskedAnswers } from './masked-answers.ts';
import { createStagedReader, type ReadStaged } from './staged-reader.ts';

/** A row's details with the stored answers of the gateway. */
export interface ShownStory extends RowDetails {
  readonly kept_answers?: readonly MaskedAnswer[];
}

/** A row by its number, or the rows with a reference. */
export type RowQuery = { readonly row: number } | { readonly merchantRef: string };

/** A duplicate reference has one valid row. The others were rejected for it. */
const mostRows = 10;

/** Reads the details of each matching row. Throws OperationRefused if there is none. */
export async function readRowStories(
  context: AppContext,
  record: BatchRecord,
  query: RowQuery,
): Promise<ShownStory[]> {
  const storage = await context.storage();
  const readStaged = createStagedReader(context, record);
  const rows =
    'row' in query
      ? [checkRow(record, query.row)]
      : await findRows(storage, record, query.merchantRef, readStaged);
  const batch = await openStoredBatch(storage, record.batchId);
  const stories: ShownStory[] = [];
  for (const row of rows) {
    const story = await readStory(batch, record, row, readStaged);
    const answers = await readMaskedAnswers(context, record, story, readStaged);
    stories.push(answers.length === 0 ? story : { ...story, kept_answers: answers });
  }
  return stories;
}

function checkRow({ file, batchId }: BatchRecord, row: number): number {
  if (row > file.rows)
    throw new OperationRefused(
      'not_found',
      `The batch has ${countOf(file.rows, 'row')}, so there is no row ${row}: ${batchId}`,
    );
  return row;
}

async function readStory(
  batch: StoredBatch,
  record: BatchRecord,
  row: number,
  readStaged: ReadStaged,
): Promise<RowDetails> {
  const shard = shardOf(row);
  const known = (await readStoredRows(batch, shard)).get(row);
  const staged =
    known?.merged === undefined
      ? (await readStaged(shard)).find((candidate) => candidate.row === row)
      : undefined;
  return describeRow(record.tag, known, staged);
}

/**
 * The rows with a reference. The error does not quote the reference, which may be a card number
 * pasted by mistake.
 */
async function findRows(
  storage: Storage,
  { batchId, file }: BatchRecord,
  ref: string,
  readStaged: ReadStaged,
): Promise<number[]> {
  const rows: number[] = [];
  // Searching for the text as it is in outcome files avoids parsing most shards.
  const written = JSON.stringify(ref);
  for (let shard = 1; shard <= shardCountOf(file.rows) && rows.length < mostRows; shard += 1) {
    const place = { batchId, pass: 1, shard };
    const file = await readLatest(storage.files, outcomesKey(place));
    if (file !== undefined && !file.content.includes(written)) continue;
    const some = (await readOutcomeLines(storage, place)) ?? (await readStaged(shard));
    rows.push(...some.filter(({ merchantRef }) => merchantRef === ref).map(({ row }) => row));
  }
  if (rows.length === 0) {
    throw new OperationRefused(
      'not_found',
      `None of the ${file.rows} rows has this merchant_ref. The comparison is exact, including case and spaces. To use the row's number, give --row: ${batchId}`,
    );
  }
  return rows.slice(0, mostRows);
}
