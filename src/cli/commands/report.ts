import type { Command } from 'commander';
import { requireManifest } from '../../operations/lookups/batch-results.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { createReport } from '../output/report-summary.ts';
import { formatReport } from '../output/report-text.ts';

export function defineReport(command: Command): void {
  command
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
