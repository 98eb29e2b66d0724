import type { Command } from 'commander';
import { countOf } from '../../domain/counted-text.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { republishIfStale } from '../../operations/republish.ts';
import { readPublicationState } from '../../results/batch-past.ts';
import { readManifest } from '../../results/manifest.ts';
import { resultKey } from '../../storage/layout.ts';
import { findLatestPass } from '../../storage/pass-plan.ts';
import { mayHaveSent } from '../../storage/send-decision.ts';
import { copyResults, describeWarnings } from '../batch-end.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeNoResults } from '../no-results.ts';
import { requireOutFolder } from '../out-folder.ts';
import { describeCounts } from '../output/progress-text.ts';
import { showPartialResults } from '../partial-results.ts';
import { pathFor } from '../passed-names.ts';

interface ResultsOptions {
  readonly out?: string;
  readonly partial?: true;
  readonly json?: true;
}

/** Adds `cardlift results`. */
export function addResultsCommand(program: Command): void {
  program
    .command('results')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary('where the result files of an ended batch are')
    .option('--partial', 'what is known of a batch that has not ended, from the storage alone')
    .option('--out <dir>', 'copy the result files there', pathFor('--out'))
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      `
--partial writes results.partial.csv: every row of the input, and no outcome for
a row that has none yet. Docs: docs/results.md.

Examples:
  cardlift results cards-0a1b2c3d --out results
  cardlift results cards-0a1b2c3d --partial`,
    )
    .action(async (batch: string, options: ResultsOptions) => showResults(openContext(), batch, options));
}

async function showResults(context: CliContext, text: string, options: ResultsOptions): Promise<void> {
  const { out, json } = options;
  await requireOutFolder(context, out);
  const storage = await context.storage();
  const record = await findBatch(storage, text);
  const { batchId } = record;
  const publication = await readPublicationState(storage, record);
  // Answers that came after the last publication, and one that was cut off. While a pass is open it will publish them itself.
  if (publication.kind === 'published') await republishIfStale(storage, record, publication);
  const manifest = await readManifest(storage, batchId);
  if (options.partial === true) {
    const isStaged = manifest !== undefined || (await mayHaveSent(storage, batchId));
    if (isStaged && manifest?.pass !== (await findLatestPass(storage, batchId))) {
      await showPartialResults(context, record, options);
      return;
    }
    if (isStaged) context.terminal.report('The batch has ended, so these are its whole results:');
  }
  if (manifest === undefined) {
    throw new CliError(await describeNoResults(storage, record), exitCodes.rowsLeft);
  }
  if (out !== undefined) await copyResults(context, storage, batchId, out);
  const files = Object.fromEntries(
    (['results.csv', 'unresolved.csv', 'charges.csv', 'manifest.json'] as const).map((name) => [
      name,
      storage.files.locate(resultKey(batchId, name)),
    ]),
  );
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
