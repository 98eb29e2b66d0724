import { type Command, InvalidArgumentError } from 'commander';
import { countOf } from '../../domain/counted-text.ts';
import { shardCountOf, shardOf } from '../../domain/shard-plan.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { readKeptAnswers } from '../../operations/lookups/masked-answers.ts';
import { createStagedReader, type ReadStaged } from '../../operations/lookups/staged-reader.ts';
import { type KnownBatch, openKnownBatch, readKnownRows } from '../../results/known-rows.ts';
import { readOutcomeLines } from '../../results/outcome-line.ts';
import { type RowStory, reportRow } from '../../results/row-story.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { outcomesKey } from '../../storage/layout.ts';
import type { Storage } from '../../storage/storage.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { describeStory, type ShownStory } from '../output/row-story-text.ts';

interface ShowOptions {
  readonly row?: number;
  readonly json?: true;
}

/** A reference that is there twice has one row that counts; the others are rejected for it. */
const mostRows = 10;

/** Adds `cardlift show BATCH REF`. */
export function addShowCommand(program: Command): void {
  program
    .command('show')
    .argument('<batch>', "the batch's id, or the start of its name")
    .argument('[ref]', "the row's exact merchant_ref")
    .summary('show one row: every send, its result, and the next step')
    .option('--row <n>', "the row's number, instead of its merchant_ref", parseRow)
    .option('--json', 'print the row as JSON')
    .addHelpText(
      'after',
      `
Reads only the storage, so it works while the batch runs and without Temporal.
The answers for unknown rows, and for rows charged without a token, are kept
until the purge. They are printed with all digit runs masked.

Examples:
  cardlift show cards-0a1b2c3d customer-42
  cardlift show cards-0a1b2c3d --row 17`,
    )
    .action((batch: string, ref: string | undefined, options: ShowOptions) =>
      show(openContext(), batch, ref, options),
    );
}

function parseRow(text: string): number {
  const row = Number(text);
  if (!Number.isInteger(row) || row < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return row;
}

/** Prints the story of the row, or of each row with the reference. Throws CliError. */
export async function show(
  context: CliContext,
  text: string,
  ref: string | undefined,
  options: ShowOptions,
): Promise<void> {
  if ((ref === undefined) === (options.row === undefined)) {
    throw new CliError('Give either the merchant_ref of the row or --row');
  }
  const storage = await context.storage();
  const record = await findBatch(storage, text);
  const readStaged = createStagedReader(context, record);
  const rows =
    options.row === undefined
      ? await findRows(storage, record, ref ?? '', readStaged)
      : [checkRow(record, options.row)];
  const batch = await openKnownBatch(storage, record.batchId);
  const stories: ShownStory[] = [];
  for (const row of rows) {
    const story = await readStory(batch, record, row, readStaged);
    const answers = await readKeptAnswers(context, record, story, readStaged);
    stories.push(answers.length === 0 ? story : { ...story, kept_answers: answers });
  }
  context.terminal.print(
    options.json === true
      ? JSON.stringify({ batch_id: record.batchId, rows: stories })
      : stories.map((story) => describeStory(record.batchId, story)).join('\n\n'),
  );
}

function checkRow({ file, batchId }: BatchRecord, row: number): number {
  if (row > file.rows)
    throw new CliError(`The batch has ${countOf(file.rows, 'row')}, so there is no row ${row}: ${batchId}`);
  return row;
}

async function readStory(
  batch: KnownBatch,
  record: BatchRecord,
  row: number,
  readStaged: ReadStaged,
): Promise<RowStory> {
  const shard = shardOf(row);
  const known = (await readKnownRows(batch, shard)).get(row);
  const staged =
    known?.merged === undefined
      ? (await readStaged(shard)).find((candidate) => candidate.row === row)
      : undefined;
  return reportRow(record.tag, known, staged);
}

/** The rows with a reference. What the operator typed is not repeated: it may be a card number, pasted by mistake. */
async function findRows(
  storage: Storage,
  { batchId, file }: BatchRecord,
  ref: string,
  readStaged: ReadStaged,
): Promise<number[]> {
  const rows: number[] = [];
  // As it stands in an outcome file: most shards need not be parsed.
  const written = JSON.stringify(ref);
  for (let shard = 1; shard <= shardCountOf(file.rows) && rows.length < mostRows; shard += 1) {
    const context = { batchId, pass: 1, shard };
    const content = await storage.files.read(outcomesKey(context));
    if (content !== undefined && !content.includes(written)) continue;
    const some = (await readOutcomeLines(storage, context)) ?? (await readStaged(shard));
    rows.push(...some.filter(({ merchantRef }) => merchantRef === ref).map(({ row }) => row));
  }
  if (rows.length === 0) {
    throw new CliError(
      `No row of the ${file.rows} has this merchant_ref. The comparison is exact, including case and spaces. To use the row's number, give --row: ${batchId}`,
    );
  }
  return rows.slice(0, mostRows);
}
