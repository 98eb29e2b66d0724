/* purge: destroys the card data of a batch. Its results stay. */

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

export function definePurge(command: Command): void {
  command
    .option('--even-with-rows-left', 'purge even if rows may be sent again; that then needs the file')
    .option(...reasonOption)
    .option('--yes', 'purge without a prompt')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Refused while the batch runs or a redrive of it is open. If it is interrupted,
repeat it. The merchant's own file is not touched: delete it, and its copies,
yourself.

Examples:
  cardlift purge cards-0a1b2c3d
  cardlift purge cards-0a1b2c3d --even-with-rows-left --yes`,
    )
    .action((batch: string, options: PurgeOptions) => purgeBatch(openContext(), batch, options));
}

/**
 * Destroys the card data of an ended batch after the operator agrees. Throws CliError and
 * OperationRefused.
 */
export async function purgeBatch(context: CliContext, text: string, options: PurgeOptions): Promise<void> {
  const { terminal } = context;
  const record = await findBatch(await context.storage(), text);
  const { batchId } = record;
  const plan = await planPurge(context, record, options);
  if (plan.kind === 'nothing') {
    report(context, options, record, 0, 'has no card data in the storage. Nothing was removed');
    return;
  }
  terminal.report(describePurge(plan));
  if (options.yes !== true && !(await terminal.confirm('Destroy the card data?'))) {
    throw new CliError('Nothing was removed: not confirmed. Add --yes to purge without a prompt');
  }
  await purge(context, plan, options);
  report(
    context,
    options,
    record,
    plan.files,
    `: ${plan.files} encrypted files with card data were removed and their keys destroyed.\nKept: ${await locateBatchFolder(context, batchId)}`,
  );
}

function describePurge({ record, files, rowsLeft }: Extract<PurgePlan, { kind: 'purge' }>): string {
  return [
    `Batch     ${record.batchId}`,
    wrapLine(
      files === 0
        ? 'Removed   the leftovers of an interrupted staging, and their keys'
        : `Removed   ${files} encrypted files with card data, and their keys`,
      10,
    ),
    wrapLine(
      'Kept      results, charges, the outcome of each row (cards masked), the audit log, and keyed fingerprints of the cards',
      10,
    ),
    ...(rowsLeft === 0
      ? []
      : [
          wrapLine(
            `Later     ${countOf(rowsLeft, 'row')} can be sent again only with the merchant's file`,
            10,
          ),
        ]),
    wrapLine(`File      the merchant's file is not touched: ${record.file.path}`, 10),
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
