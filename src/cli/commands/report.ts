import type { Command } from 'commander';
import { requireManifest } from '../../operations/lookups/batch-results.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { type CliContext, openContext } from '../cli-context.ts';
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

/** Prints the report. Throws OperationRefused if the batch has no results yet. */
export async function report(
  context: CliContext,
  text: string,
  { json }: { readonly json?: true },
): Promise<void> {
  const record = await findBatch(await context.storage(), text);
  const summary = createReport(await requireManifest(context, record));
  context.terminal.print(json === true ? JSON.stringify(summary) : formatReport(summary));
}
