/* purge: the card data of a batch goes, its results stay. */

import type { Command } from 'commander';
import { countOf } from '../../domain/counted-text.ts';
import { errorCodeEntry } from '../../domain/error-codes.ts';
import { isRowErrorCode } from '../../domain/resend.ts';
import { auditNewsOf, operatorName, reasonOption } from '../../operations/audit-news.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { type Retention, retentionOf } from '../../operations/retention.ts';
import { describeRunAgain } from '../../operations/run-again.ts';
import { type Manifest, readManifest } from '../../results/manifest.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { batchFolder } from '../../storage/layout.ts';
import { findLatestPass } from '../../storage/pass-plan.ts';
import { isCancelledUnsent } from '../../storage/send-decision.ts';
import { destroyStagedData, findStagedData } from '../../storage/staged-data.ts';
import type { Storage } from '../../storage/storage.ts';
import { readBatchStatus } from '../../temporal/batch-client.ts';
import { findTemporal } from '../../temporal/temporal-access.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
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
    .action((batch: string, options: PurgeOptions) => purge(openContext(), batch, options));
}

/** Destroys the card data of an ended batch, after the operator's word. Throws CliError. */
export async function purge(context: CliContext, text: string, options: PurgeOptions): Promise<void> {
  const { terminal, config } = context;
  const storage = await context.storage();
  const record = await findBatch(storage, text);
  const { batchId } = record;
  const staged = await findStagedData(storage, record);
  const retention = retentionOf(staged, config.retentionDays, Date.now());
  if (retention.state === 'none' || retention.state === 'purged') {
    report(context, options, record, 0, 'has no card data in the storage; nothing was removed');
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
          ? 'Goes      what a staging that was cut off has left, and the keys that read it'
          : `Goes      ${staged.files} encrypted files with card data, and the keys that read them`,
        10,
      ),
      wrapLine(
        'Stays     results, charges and the outcome of each row (cards masked), the audit log, and keyed fingerprints of the cards',
        10,
      ),
      ...(left === 0
        ? []
        : [
            wrapLine(`Then      ${countOf(left, 'row')} can be sent again only from the merchant's file`, 10),
          ]),
      wrapLine(`Yours     the merchant's file is not touched: ${record.file.path}`, 10),
    ].join('\n'),
  );
  if (options.yes !== true && !(await terminal.confirm('Destroy the card data?'))) {
    throw new CliError('Nothing was removed: nobody confirmed. Give --yes to purge without being asked');
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
  await destroyStagedData(storage, operatorKey, record, {
    at: new Date().toISOString(),
    by: operatorName(),
  });
  report(
    context,
    options,
    record,
    staged.files,
    `: ${staged.files} encrypted files with card data were removed, and their keys destroyed.\nWhat stays: ${storage.files.locate(batchFolder(batchId))}`,
  );
}

/** A batch that runs reads its staging. Where no Temporal is running nothing of it can be sending on this machine. */
async function refuseRunning(context: CliContext, record: BatchRecord): Promise<void> {
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
    `The batch has not ended (it runs, is paused or on hold), so its card data is still needed. End it first with\n  ${runAgain} --cancel`,
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
    `Pass ${pass} of the batch is open, so its card data is still needed. Go on with it, or end it, then purge:\n  cardlift redrive ${batchId}\n  cardlift redrive ${batchId} --cancel`,
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
      `The batch has no whole results yet: its rows may still be sent. See \`cardlift status ${batchId}\`; to purge it all the same, give --even-with-rows-left`,
      exitCodes.stopped,
    );
  }
  if (retention.state === 'due') return;
  throw new CliError(
    `Rows that may still be sent again: ${left}; a redrive of them after a purge needs the merchant's file. Settle them first (\`cardlift report ${batchId}\` says how), or give --even-with-rows-left; from ${retention.due_at?.slice(0, 10)} on it is not needed`,
    exitCodes.rowsLeft,
  );
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
