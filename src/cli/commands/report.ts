import type { Command } from 'commander';
import { type AppContext, openContext } from '../../app/app-context.ts';
import { findBatch } from '../../operations/find-batch.ts';
import { readManifest } from '../../results/manifest.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeNoResults } from '../no-results.ts';
import { createReport } from '../output/report-summary.ts';
import { formatReport } from '../output/report-text.ts';

/** Adds `cardlift report`. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .argument('<batch>', "the batch's id, or the start of its name")
    .summary('print a summary of an ended batch as Markdown')
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      `
Counts, charges, each error code with its next step, and what is left to do.
It contains no reference and no card, so it is safe to share.

Example:
  cardlift report cards-0a1b2c3d > report.md`,
    )
    .action((batch: string, options: { readonly json?: true }) => report(openContext(), batch, options));
}

/** Prints the report. Throws CliError if the batch has no results yet. */
export async function report(
  context: AppContext,
  text: string,
  { json }: { readonly json?: true },
): Promise<void> {
  const storage = await context.storage();
  const record = await findBatch(storage, text);
  const manifest = await readManifest(storage, record.batchId);
  if (manifest === undefined) {
    throw new CliError(await describeNoResults(storage, record), exitCodes.rowsLeft);
  }
  const summary = createReport(manifest);
  context.terminal.print(json === true ? JSON.stringify(summary) : formatReport(summary));
}
