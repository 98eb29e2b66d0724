/* purge: the card data of a batch goes, its results stay. */

import type { Command } from 'commander';
import { countOf } from '../../domain/counted-text.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { locateBatchFolder } from '../../operations/lookups/published-files.ts';
import { type PurgePlan, planPurge, purge } from '../../operations/purge.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { wrapLine } from '../output/wrapped-text.ts';
import { reasonOption } from '../reason-option.ts';

interface PurgeOptions {
  readonly evenWithRowsLeft?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly reason?: string;
}

/** Adds `cardlift purge`. */
export function addPurgeCommand(program: Command): void {
  program
    .command('purge')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary("destroy a batch's card data; its results stay")
    .option('--even-with-rows-left', 'although rows may still be sent again: that needs the file then')
    .option(...reasonOption)
    .option('--yes', 'without asking')
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      `
Refused while the batch runs, or a redrive of it is open. Cut off, it is given
again. The merchant's own file is not touched: remove it, and its copies,
yourself.

Examples:
  cardlift purge cards-0a1b2c3d
  cardlift purge cards-0a1b2c3d --even-with-rows-left --yes`,
    )
    .action((batch: string, options: PurgeOptions) => purgeBatch(openContext(), batch, options));
}

/** Destroys the card data of an ended batch, after the operator's word. Throws CliError and OperationRefused. */
export async function purgeBatch(context: CliContext, text: string, options: PurgeOptions): Promise<void> {
  const { terminal } = context;
  const record = await findBatch(await context.storage(), text);
  const { batchId } = record;
  const plan = await planPurge(context, record, options);
  if (plan.kind === 'nothing') {
    report(context, options, record, 0, 'has no card data in the storage; nothing was removed');
    return;
  }
  terminal.report(describePurge(plan));
  if (options.yes !== true && !(await terminal.confirm('Destroy the card data?'))) {
    throw new CliError('Nothing was removed: nobody confirmed. Give --yes to purge without being asked');
  }
  await purge(context, plan, options);
  report(
    context,
    options,
    record,
    plan.files,
    `: ${plan.files} encrypted files with card data were removed, and their keys destroyed.\nWhat stays: ${await locateBatchFolder(context, batchId)}`,
  );
}

function describePurge({ record, files, rowsLeft }: Extract<PurgePlan, { kind: 'purge' }>): string {
  return [
    `Batch     ${record.batchId}`,
    wrapLine(
      files === 0
        ? 'Goes      what a staging that was cut off has left, and the keys that read it'
        : `Goes      ${files} encrypted files with card data, and the keys that read them`,
      10,
    ),
    wrapLine(
      'Stays     results, charges and the outcome of each row (cards masked), the audit log, and keyed fingerprints of the cards',
      10,
    ),
    ...(rowsLeft === 0
      ? []
      : [
          wrapLine(
            `Then      ${countOf(rowsLeft, 'row')} can be sent again only from the merchant's file`,
            10,
          ),
        ]),
    wrapLine(`Yours     the merchant's file is not touched: ${record.file.path}`, 10),
  ].join('\n');
}

function report(
  { terminal }: CliContext,
  { json }: PurgeOptions,
  { batchId }: BatchRecord,
  files: number,
  text: string,
): void {
  terminal.print(
    json === true
      ? JSON.stringify({ batch_id: batchId, removed_files: files, state: 'purged' })
      : `${batchId}${text.startsWith(':') ? text : ` ${text}`}`,
  );
}
