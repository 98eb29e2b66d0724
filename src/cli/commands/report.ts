import type { Command } from 'commander';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { readManifest } from '../../results/manifest.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeNoResults } from '../no-results.ts';
import { createReport, formatReport } from '../output/report-text.ts';

/** Adds `cardlift report`. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary('a summary of an ended batch for people, as Markdown')
    .option('--json', 'the same as JSON')
    .addHelpText(
      'after',
      `
Counts, money, every error code in words with its next step, what is left to do.
No reference and no card stands in it, so it may be passed on.

Example:
  cardlift report cards-0a1b2c3d > report.md`,
    )
    .action((batch: string, options: { readonly json?: true }) => report(openContext(), batch, options));
}

/** Prints the report. Throws CliError where the batch has no results yet. */
export async function report(
  context: CliContext,
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
