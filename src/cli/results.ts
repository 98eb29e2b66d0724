import type { Command } from 'commander';
import { resultKey } from '../storage/layout.ts';
import { findBatch } from './batch-argument.ts';
import { copyResults } from './batch-end.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { readManifest } from './manifest.ts';
import { describeCounts } from './progress-text.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

interface ResultsOptions {
  readonly out?: string;
  readonly json?: true;
}

/** Adds `cardlift results`. */
export function addResultsCommand(program: Command): void {
  program
    .command('results')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary('where the result files of an ended batch are')
    .option('--out <dir>', 'copy the result files there')
    .option('--json', 'the answer as JSON')
    .action(async (batch: string, options: ResultsOptions) => showResults(openWorkplace(), batch, options));
}

async function showResults(place: Workplace, text: string, { out, json }: ResultsOptions): Promise<void> {
  const storage = await place.storage();
  const { batchId } = await findBatch(storage, text);
  const manifest = await readManifest(storage, batchId);
  if (manifest === undefined) {
    throw new CliError(
      `The batch has no results yet; see \`cardlift status ${batchId}\``,
      exitCodes.rowsLeft,
    );
  }
  if (out !== undefined) await copyResults(place, storage, batchId, out);
  const files = Object.fromEntries(
    (['results.csv', 'unresolved.csv', 'charges.csv', 'manifest.json'] as const).map((name) => [
      name,
      storage.files.locate(resultKey(batchId, name)),
    ]),
  );
  place.terminal.print(
    json === true
      ? JSON.stringify({
          batch_id: batchId,
          status: manifest.status,
          rows: manifest.input.rows,
          outcomes: manifest.outcomes,
          files,
        })
      : [
          `${batchId}: ${manifest.status}, ${manifest.input.rows} rows: ${describeCounts(manifest.outcomes)}`,
          ...Object.values(files).map((path) => `  ${path}`),
        ].join('\n'),
  );
}
