/* resolve: reads what a person found out about `unknown` rows. It needs only the storage. */

import { resolve as resolvePath } from 'node:path';
import type { Command } from 'commander';
import { countOf } from '../../domain/counted-text.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { locateResult } from '../../operations/lookups/published-files.ts';
import { type CheckedResolution, checkResolution, resolutionKinds } from '../../operations/resolve/check.ts';
import { type RecordedResolution, recordResolution } from '../../operations/resolve/record.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { copyResults, describeWarnings } from '../batch-end.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { requireOutFolder } from '../out-folder.ts';
import { describeCounts } from '../output/progress-text.ts';
import { pathFor } from '../passed-names.ts';
import { reasonOption } from '../reason-option.ts';

interface ResolveOptions {
  readonly out?: string;
  readonly yes?: true;
  readonly reason?: string;
  readonly json?: true;
}

/** The most errors that are printed. The others are counted. */
const shownErrors = 50;

export function defineResolve(command: Command): void {
  command
    .option('--out <dir>', 'copy the new result files to this folder', pathFor('--out'))
    .option('--yes', 'resolve the rows without a prompt')
    .option(...reasonOption)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
A resolution is one of
  tokenized              with transaction_id and stored_payment_method_id
  charged_without_token  with transaction_id
  not_charged            with neither; redrive may then send the row again
Rows without one stay as they are. The whole file is checked before anything is
changed. The previous results are kept under former/.`,
    )
    .action(async (batch: string, file: string, options: ResolveOptions) => {
      process.exitCode = await resolveRows(openContext(), batch, file, options);
    });
}

/** Settles rows if the operator agrees. Throws CliError, OperationRefused, FileRefusedError. */
export async function resolveRows(
  context: CliContext,
  batch: string,
  file: string,
  options: ResolveOptions,
): Promise<number> {
  const { terminal, config } = context;
  await requireOutFolder(context, options.out);
  const record = await findBatch(await context.storage(), batch);
  const checked = await checkResolution(context, record, resolvePath(config.workingFolder, file));
  const { resolutions, knownLines } = checked;
  if (resolutions.length === 0) {
    terminal.report(
      knownLines > 0
        ? `All ${knownLines} resolutions are already recorded.`
        : 'The file has no resolution. Fill in the column "resolution" for each row that you looked up.',
    );
    if (knownLines === 0) return exitCodes.usage;
  } else {
    terminal.report(describe(checked));
    if (options.yes !== true && !(await terminal.confirm('Resolve these rows?'))) {
      throw new CliError('Nothing was resolved: not confirmed. Add --yes to resolve without a prompt');
    }
  }
  await report(context, options, record, await recordResolution(context, checked, options));
  return exitCodes.ok;
}

function describe({ record, resolutions, openLines, knownLines }: CheckedResolution): string {
  return [
    `Batch     ${record.batchId}`,
    `Rows      ${resolutions.length} to resolve`,
    ...resolutionKinds.flatMap((word) => {
      const count = resolutions.filter(({ resolution }) => resolution === word).length;
      return count === 0
        ? []
        : [`  ${count} ${word}${word === 'not_charged' ? ': A REDRIVE MAY THEN CHARGE THEM' : ''}`];
    }),
    ...describeNotCharged(resolutions),
    ...(knownLines === 0 ? [] : [`  ${knownLines} already recorded`]),
    ...(openLines === 0 ? [] : [`  ${openLines} without a resolution, unchanged`]),
  ].join('\n');
}

/**
 * The rows that a redrive would charge because of this resolution, for one more comparison with the
 * dashboard.
 */
function describeNotCharged(resolutions: CheckedResolution['resolutions']): string[] {
  const rows = resolutions.filter(({ resolution }) => resolution === 'not_charged');
  const more = rows.length - shownErrors;
  return [
    ...rows
      .slice(0, shownErrors)
      .map(({ row, merchantTxnRef }) => `    row ${row}, merchant_txn_ref ${merchantTxnRef}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

async function report(
  context: CliContext,
  { out, json }: ResolveOptions,
  { batchId }: BatchRecord,
  { settledRows, manifest }: RecordedResolution,
): Promise<void> {
  const copied = out === undefined ? undefined : await copyResults(context, batchId, out);
  const results = copied ?? (await locateResult(context, batchId, 'results.csv'));
  const { outcomes, version, contradictions } = manifest;
  context.terminal.print(
    json === true
      ? JSON.stringify({
          batch_id: batchId,
          settled: settledRows,
          version,
          outcomes,
          contradictions,
          results,
        })
      : [
          `Resolved ${countOf(settledRows, 'row')} of ${batchId}: ${describeCounts(outcomes)}`,
          `Results: ${results} (version ${version}; previous versions are under former/)`,
          ...describeWarnings(manifest),
        ].join('\n'),
  );
}
