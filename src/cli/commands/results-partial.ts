/* results --partial: what is known so far about a batch that has not ended. */

import { copyFile, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { countOf } from '../../domain/counted-text.ts';
import { writeResultsSoFar } from '../../operations/lookups/results-so-far.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import type { CliContext } from '../cli-context.ts';
import { describeCounts } from '../output/progress-text.ts';
import { wrapLine } from '../output/wrapped-text.ts';
import { replaceFile } from '../replaced-file.ts';

/** Writes and summarizes results.partial.csv. Throws OperationRefused without a staging. */
export async function showPartialResults(
  context: CliContext,
  record: BatchRecord,
  options: { readonly out?: string; readonly json?: true },
): Promise<void> {
  const { terminal, config } = context;
  const { batchId, file } = record;
  const soFar = await writeResultsSoFar(context, record, (rows) =>
    terminal.paint(`Reading the storage: ${rows} of ${countOf(file.rows, 'row')}`),
  );
  const { asOf } = soFar;
  let { path } = soFar;
  if (options.out !== undefined) {
    const folder = resolve(config.workingFolder, options.out);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const copy = join(folder, 'results.partial.csv');
    const source = path;
    await replaceFile(copy, (temporary) => copyFile(source, temporary));
    path = copy;
  }
  const { ended, inFlight, waiting, outcomes } = soFar.counts;
  terminal.print(
    options.json === true
      ? JSON.stringify({
          batch_id: batchId,
          status: 'partial',
          as_of: asOf,
          rows: file.rows,
          ended,
          in_flight: inFlight,
          waiting,
          outcomes,
          file: path,
        })
      : [
          `PARTIAL: ${batchId} has not ended. Known at ${asOf}:`,
          wrapLine(
            `  ${ended} of ${countOf(file.rows, 'row')} ended: ${describeCounts(outcomes) || 'none'}`,
            4,
          ),
          `  ${inFlight} in flight: sent or about to be sent, no answer recorded`,
          `  ${waiting} waiting: not sent yet`,
          `  ${path}`,
        ].join('\n'),
  );
}
