import { type Command, InvalidArgumentError } from 'commander';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { readRowStories } from '../../operations/lookups/row-stories.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { describeStory } from '../output/row-story-text.ts';

interface ShowOptions {
  readonly row?: number;
  readonly json?: true;
}

export function defineShow(command: Command): void {
  command
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

/** Prints the details of the row, or of each row with the reference. Throws CliError. */
export async function show(
  context: CliContext,
  text: string,
  ref: string | undefined,
  options: ShowOptions,
): Promise<void> {
  if ((ref === undefined) === (options.row === undefined)) {
    throw new CliError('Give either the merchant_ref of the row or --row');
  }
  const record = await findBatch(await context.storage(), text);
  const stories = await readRowStories(
    context,
    record,
    options.row === undefined ? { merchantRef: ref ?? '' } : { row: options.row },
  );
  context.terminal.print(
    options.json === true
      ? JSON.stringify({ batch_id: record.batchId, rows: stories })
      : stories.map((story) => describeStory(record.batchId, story)).join('\n\n'),
  );
}
