/* redrive: sends rows again that the catalogue of codes allows, as a new pass of the same batch. */

import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { requireGatewayKeys } from '../../app/activity-deps.ts';
import { refuseMovedStorage } from '../../app/moved-storage.ts';
import { refuseNetworkStorage } from '../../app/network-storage.ts';
import { countOf } from '../../domain/counted-text.ts';
import { definedOf } from '../../domain/defined.ts';
import { rowErrorCodes } from '../../domain/error-codes.ts';
import { isRowErrorCode } from '../../domain/resend.ts';
import { requireTemporal } from '../../operations/batch-session.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { beginPass } from '../../operations/passes/begin-pass.ts';
import { commitRedrive, requireOpenPass } from '../../operations/redrive/commit-redrive.ts';
import { planRedrive } from '../../operations/redrive/plan.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import type { PassPlan } from '../../storage/pass-plan.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { refuseTwoWays } from '../go-on-options.ts';
import { parsePercent } from '../limit-values.ts';
import { requireOutFolder } from '../out-folder.ts';
import { describeRedrive } from '../output/redrive-text.ts';
import { describePage } from '../output/temporal-page.ts';
import { pathFor } from '../passed-names.ts';
import { reasonOption } from '../reason-option.ts';
import { workOnBatch } from '../work-on-batch.ts';
import { warnWithoutWorker } from './start.ts';

interface RedriveOptions {
  readonly only?: readonly string[];
  readonly include?: 'soft-declines';
  readonly yes?: true;
  readonly reason?: string;
  readonly json?: true;
  readonly detach?: true;
  readonly out?: string;
  readonly resume?: true;
  readonly cancel?: true;
  readonly tolerate?: number;
}

export function defineRedrive(command: Command): void {
  command
    .option('--only <codes>', 'only rows with these error codes, separated by commas', parseCodes)
    .addOption(
      new Option('--include <what>', 'also send soft declines; use it on another day').choices([
        'soft-declines',
      ]),
    )
    .option('--detach', 'start it for a running worker and do not wait')
    .option('--out <dir>', 'copy the result files to this folder', pathFor('--out'))
    .option('--resume', 'continue the pass if it is paused or on hold')
    .option('--cancel', 'end the open pass; unsent rows keep their outcome')
    .option(
      '--tolerate <percent>',
      'with --resume: the new tolerated share of rows without a token',
      parsePercent,
    )
    .option('--yes', 'send without a prompt')
    .option(...reasonOption)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Sent again: failed and not_sent rows; with a file, rejected rows that it fixes.
Never: tokenized, skipped, unknown, charged_without_token, hard declines.
After an interruption, the same command continues the open pass.

Examples:
  cardlift redrive march
  cardlift redrive march --include soft-declines --yes
  cardlift redrive march fixed.csv --out results`,
    )
    .action(async (batch: string, file: string | undefined, options: RedriveOptions) => {
      process.exitCode = await redrive(openContext(), batch, file, options);
    });
}

function parseCodes(text: string): string[] {
  const codes = text.split(',').map((code) => code.trim());
  for (const code of codes) {
    if (!isRowErrorCode(code)) throw new InvalidArgumentError('Use the error codes in docs/errors.md.');
    const { outcome, resend } = rowErrorCodes[code];
    if (resend !== 'redrive' && resend !== 'fix_file') {
      throw new InvalidArgumentError(`A row with ${code} is ${outcome}: it must not be sent again.`);
    }
  }
  return codes;
}

async function redrive(
  context: CliContext,
  batch: string,
  file: string | undefined,
  options: RedriveOptions,
): Promise<ExitCode> {
  refuseTwoWays(options);
  // Checked before a pass is planned.
  if (options.detach !== true) requireGatewayKeys(context);
  await refuseNetworkStorage(context);
  await refuseMovedStorage(context);
  await requireOutFolder(context, options.out);
  const record = await findBatch(await context.storage(), batch);
  const plan = await openPass(context, record, file, options);
  if (plan === undefined) return exitCodes.ok;
  const { pass } = plan;
  if (options.detach !== true || options.cancel === true) {
    return await workOnBatch(context, record, { ...options, pass });
  }
  await handOver(context, record, pass, options);
  return exitCodes.ok;
}

/** The open pass, or a new one after the operator agrees. Undefined if there is no row to send. */
async function openPass(
  context: CliContext,
  record: BatchRecord,
  file: string | undefined,
  options: RedriveOptions,
): Promise<PassPlan | undefined> {
  const { terminal, config } = context;
  if (options.cancel === true) {
    const plan = await requireOpenPass(context, record);
    reportOpenPass(context, plan);
    return plan;
  }
  const redrive = await planRedrive(context, record, {
    includesSoftDeclines: options.include === 'soft-declines',
    ...definedOf({
      only: options.only,
      path: file === undefined ? undefined : resolve(config.workingFolder, file),
    }),
  });
  switch (redrive.kind) {
    case 'open_pass':
      reportOpenPass(context, redrive.plan);
      break;
    case 'no_rows':
      terminal.report(describeRedrive(redrive));
      if (options.json === true) terminal.print(JSON.stringify({ batch_id: record.batchId, rows: 0 }));
      terminal.report('There is no row to send again. Nothing was started.');
      return undefined;
    case 'new_pass': {
      terminal.report(describeRedrive(redrive));
      const question = `Send ${countOf(redrive.chosen.rows.length, 'row')} again?`;
      if (options.yes !== true && !(await terminal.confirm(question))) {
        throw new CliError('Not started: not confirmed. Add --yes to send without a prompt');
      }
    }
  }
  return await commitRedrive(context, redrive, options);
}

function reportOpenPass({ terminal }: CliContext, { pass, rows }: PassPlan): void {
  terminal.report(`Continuing pass ${pass}: ${countOf(rows, 'row')}.`);
}

/** Starts the pass on a Temporal server with a worker, and does not wait for it. */
async function handOver(
  context: CliContext,
  record: BatchRecord,
  pass: number,
  { json }: RedriveOptions,
): Promise<void> {
  const { terminal } = context;
  const access = await requireTemporal(context);
  try {
    await beginPass(context, access, record, pass);
    terminal.report(`Temporal  ${describePage(access, record.batchId)}`);
    terminal.print(json === true ? JSON.stringify({ batch_id: record.batchId, pass }) : record.batchId);
    await warnWithoutWorker(context, access, record);
  } finally {
    await access.release();
  }
}
