/* purge: the card data of a batch goes, its results stay. */

import type { Command } from 'commander';
import { type AppContext, openContext } from '../../app/app-context.ts';
import { errorCodeEntry } from '../../domain/error-codes.ts';
import { isRowErrorCode } from '../../domain/resend.ts';
import { findBatch } from '../../operations/find-batch.ts';
import { auditNewsOf, operatorName, reasonOption } from '../../operations/operator.ts';
import { type Retention, retentionOf } from '../../operations/retention.ts';
import { type Manifest, readManifest } from '../../results/manifest.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { destroyCardData, findCardData } from '../../storage/card-data.ts';
import { batchFolder } from '../../storage/layout.ts';
import { findLatestPass } from '../../storage/pass-plan.ts';
import { isCancelledUnsent } from '../../storage/send-decision.ts';
import type { Storage } from '../../storage/storage.ts';
import { readBatchStatus } from '../../temporal/batch-client.ts';
import { findTemporal } from '../../temporal/temporal-access.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { countOf } from '../output/counted-text.ts';
import { describeRunAgain } from '../output/run-again.ts';
import { wrapLine } from '../output/wrapped-text.ts';

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
    .argument('<batch>', "the batch's id, or the start of its name")
    .summary("destroy a batch's card data; its results are kept")
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
    .action((batch: string, options: PurgeOptions) => purge(openContext(), batch, options));
}

/** Destroys the card data of an ended batch, after the operator's word. Throws CliError. */
export async function purge(context: AppContext, text: string, options: PurgeOptions): Promise<void> {
  const { terminal, config } = context;
  const storage = await context.storage();
  const record = await findBatch(storage, text);
  const { batchId } = record;
  const staged = await findCardData(storage, record);
  const retention = retentionOf(staged, config.retentionDays, Date.now());
  if (retention.state === 'none' || retention.state === 'purged') {
    report(context, options, record, 0, 'has no card data in the storage. Nothing was removed');
    return;
  }
  const manifest = await readManifest(storage, batchId);
  const isOpen = manifest?.pass !== (await findLatestPass(storage, batchId));
  await refuseRunning(context, record);
  await refuseOpenPass(storage, batchId);
  const isUnsent = await isCancelledUnsent(storage, batchId);
  const left = isUnsent ? 0 : isOpen ? record.file.rows : rowsLeftOf(manifest);
  if (retention.state !== 'purging') refuseRowsLeft(record, options, retention, isOpen, left);

  terminal.report(
    [
      `Batch     ${batchId}`,
      wrapLine(
        staged.files === 0
          ? 'Removed   the leftovers of an interrupted staging, and their keys'
          : `Removed   ${staged.files} encrypted files with card data, and their keys`,
        10,
      ),
      wrapLine(
        'Kept      results, charges, the outcome of each row (cards masked), the audit log, and keyed fingerprints of the cards',
        10,
      ),
      ...(left === 0
        ? []
        : [
            wrapLine(`Later     ${countOf(left, 'row')} can be sent again only with the merchant's file`, 10),
          ]),
      wrapLine(`File      the merchant's file is not touched: ${record.file.path}`, 10),
    ].join('\n'),
  );
  if (options.yes !== true && !(await terminal.confirm('Destroy the card data?'))) {
    throw new CliError('Nothing was removed: not confirmed. Add --yes to purge without a prompt');
  }
  // The operator may have thought about it for long.
  await refuseRunning(context, record);
  await refuseOpenPass(storage, batchId);
  const operatorKey = await context.operatorKey();
  await appendAudit(
    storage,
    batchId,
    auditNewsOf('purge', options, { files: staged.files, rows_left: left }),
  );
  await destroyCardData(storage, operatorKey, record, {
    at: new Date().toISOString(),
    by: operatorName(),
  });
  report(
    context,
    options,
    record,
    staged.files,
    `: ${staged.files} encrypted files with card data were removed and their keys destroyed.\nKept: ${storage.files.locate(batchFolder(batchId))}`,
  );
}

/** A batch that runs reads its staging. Where no Temporal is running nothing of it can be sending on this machine. */
async function refuseRunning(context: AppContext, record: BatchRecord): Promise<void> {
  const { batchId } = record;
  const access = await findTemporal(context.config.home);
  if (access === undefined) return;
  try {
    if ((await readBatchStatus(access.client, batchId)) !== 'running') return;
  } finally {
    await access.release();
  }
  const storage = await context.storage();
  const runAgain = describeRunAgain(record, await findLatestPass(storage, batchId));
  throw new CliError(
    `The batch has not ended (it is running, paused or on hold), so its card data is still needed. To cancel it first:\n  ${runAgain} --cancel`,
    exitCodes.stopped,
  );
}

/**
 * A first pass that is open is staged anew from the merchant's file; a later one has its card data here only, and without it
 * could neither go on nor end. That holds for a purge that was cut off, too: a pass may have been planned from a file since.
 */
async function refuseOpenPass(storage: Storage, batchId: string): Promise<void> {
  const pass = await findLatestPass(storage, batchId);
  if (pass === 1 || pass <= ((await readManifest(storage, batchId))?.pass ?? 0)) return;
  throw new CliError(
    `Pass ${pass} of the batch is open, so its card data is still needed. Continue or cancel it, then purge:\n  cardlift redrive ${batchId}\n  cardlift redrive ${batchId} --cancel`,
    exitCodes.stopped,
  );
}

/** Rows whose card data a redrive would use. A rejected row needs the fixed file anyway. */
function rowsLeftOf(manifest: Manifest | undefined): number {
  return Object.entries(manifest?.error_codes ?? {})
    .filter(([code]) => isRowErrorCode(code) && /^(?:redrive|resolve)$/.test(errorCodeEntry(code).resend))
    .reduce((sum, [, rows]) => sum + rows, 0);
}

function refuseRowsLeft(
  { batchId }: BatchRecord,
  options: PurgeOptions,
  retention: Retention,
  isOpen: boolean,
  left: number,
): void {
  if (left === 0 || options.evenWithRowsLeft === true) return;
  if (isOpen) {
    throw new CliError(
      `The batch has no complete results yet, so its rows may still be sent. See \`cardlift status ${batchId}\`. To purge it anyway, add --even-with-rows-left`,
      exitCodes.stopped,
    );
  }
  if (retention.state === 'due') return;
  throw new CliError(
    `${countOf(left, 'row')} may still be sent again; after a purge that needs the merchant's file. Resolve or redrive first (\`cardlift report ${batchId}\` shows how), or add --even-with-rows-left, which is not needed from ${retention.due_at?.slice(0, 10)} on`,
    exitCodes.rowsLeft,
  );
}

function report(
  { terminal }: AppContext,
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
