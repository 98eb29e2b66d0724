import type { Command } from 'commander';
import { countOf } from '../../domain/counted-text.ts';
import { readResultsState, refreshResults, requireManifest } from '../../operations/lookups/batch-results.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { locateResult, resultFiles } from '../../operations/lookups/published-files.ts';
import { copyResults, describeWarnings } from '../batch-end.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { requireOutFolder } from '../out-folder.ts';
import { describeCounts } from '../output/progress-text.ts';
import { pathFor } from '../passed-names.ts';
import { showPartialResults } from './results-partial.ts';

interface ResultsOptions {
  readonly out?: string;
  readonly partial?: true;
  readonly json?: true;
}

export function defineResults(command: Command): void {
  command
    .option('--partial', 'show what is known of a batch that has not ended; reads only the storage')
    .option('--out <dir>', 'copy the result files to this folder', pathFor('--out'))
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
--partial writes results.partial.csv with every row of the input. A row that has
not ended has no outcome there. See docs/results.md.

Examples:
  cardlift results cards-0a1b2c3d --out results
  cardlift results cards-0a1b2c3d --partial`,
    )
    .action(async (batch: string, options: ResultsOptions) => showResults(openContext(), batch, options));
}

async function showResults(context: CliContext, text: string, options: ResultsOptions): Promise<void> {
  const { out, json } = options;
  await requireOutFolder(context, out);
  const record = await findBatch(await context.storage(), text);
  const { batchId } = record;
  await refreshResults(context, record);
  if (options.partial === true) {
    const state = await readResultsState(context, record);
    if (state === 'partial') {
      await showPartialResults(context, record, options);
      return;
    }
    if (state === 'whole') context.terminal.report('The batch has ended, so these are its complete results:');
  }
  const manifest = await requireManifest(context, record);
  if (out !== undefined) await copyResults(context, batchId, out);
  const files: Record<string, string> = {};
  for (const name of resultFiles) files[name] = await locateResult(context, batchId, name);
  context.terminal.print(
    json === true
      ? JSON.stringify({
          batch_id: batchId,
          status: manifest.status,
          rows: manifest.input.rows,
          outcomes: manifest.outcomes,
          contradictions: manifest.contradictions,
          files,
        })
      : [
          `${batchId}: ${manifest.status}, ${countOf(manifest.input.rows, 'row')}: ${describeCounts(manifest.outcomes)}`,
          ...Object.values(files).map((path) => `  ${path}`),
          ...describeWarnings(manifest),
        ].join('\n'),
  );
}
