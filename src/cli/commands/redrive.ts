/* redrive: sends the rows again that the catalogue allows, as a new pass of the same batch. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { requireGatewayKeys } from '../../app/activity-deps.ts';
import { readTargetFingerprint } from '../../app/target.ts';
import { countOf } from '../../domain/counted-text.ts';
import { rowErrorCodes } from '../../domain/error-codes.ts';
import { isRowErrorCode } from '../../domain/resend.ts';
import { reasonOption } from '../../operations/audit-news.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { beginPass } from '../../operations/passes/begin-pass.ts';
import { asksForPlan, planPass, type RedriveChoice, settlePlan } from '../../operations/redrive/plan.ts';
import { readPublicationState } from '../../results/batch-past.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import type { PassPlan } from '../../storage/pass-plan.ts';
import type { Storage } from '../../storage/storage.ts';
import { requireTemporal } from '../batch-access.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { refuseTwoWays } from '../go-on.ts';
import { parsePercent } from '../launch-options.ts';
import { describeNoResults } from '../no-results.ts';
import { requireOutFolder } from '../out-folder.ts';
import { pathFor } from '../passed-names.ts';
import { describePage, workOnBatch } from '../work-on-batch.ts';
import { warnWithoutWorker } from './start.ts';

interface RedriveOptions extends RedriveChoice {
  readonly detach?: true;
  readonly out?: string;
  readonly resume?: true;
  readonly cancel?: true;
  readonly tolerate?: number;
}

/** Adds `cardlift redrive`. */
export function addRedriveCommand(program: Command): void {
  program
    .command('redrive')
    .argument('<batch>', 'its id, or a beginning of its name')
    .argument(
      '[file]',
      'a fixed file: its rows take the places of those with the same merchant_ref',
      pathFor('FILE'),
    )
    .summary('send the rows again that may be sent again, as a new pass of the batch')
    .option('--only <codes>', 'rows with these error codes only, with commas between', parseCodes)
    .addOption(
      new Option('--include <what>', 'declines for now, too: on another day').choices(['soft-declines']),
    )
    .option('--detach', 'start it on a Temporal with a worker, and do not wait')
    .option('--out <dir>', 'copy the result files there', pathFor('--out'))
    .option('--resume', 'go on with the pass if it is paused or on hold')
    .option('--cancel', 'end the open pass; rows that were not sent keep their outcome')
    .option('--tolerate <percent>', 'with --resume: hold when more rows bring no token', parsePercent)
    .option('--yes', 'send without asking')
    .option(...reasonOption)
    .option('--json', 'the end as JSON')
    .addHelpText(
      'after',
      `
Sent again: failed and not_sent rows; with a file, rejected rows that it fixes.
Never: tokenized, skipped, unknown, charged_without_token, hard declines.
Given again after an interruption it goes on with the open pass.

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
    if (!isRowErrorCode(code)) throw new InvalidArgumentError('Use error codes of docs/errors.md.');
    const { outcome, resend } = rowErrorCodes[code];
    if (resend !== 'redrive' && resend !== 'fix_file') {
      throw new InvalidArgumentError(`A row with ${code} is ${outcome}: it may not be sent again.`);
    }
  }
  return codes;
}

async function redrive(
  context: CliContext,
  batch: string,
  file: string | undefined,
  options: RedriveOptions,
): Promise<number> {
  refuseTwoWays(options);
  // Before a pass is planned.
  if (options.detach !== true) requireGatewayKeys(context);
  await requireOutFolder(context, options.out);
  const storage = await context.storage();
  const record = await findBatch(storage, batch);
  if ((await readTargetFingerprint(context, record.isLive)) !== record.targetFingerprint) {
    throw new CliError(
      `The batch ${record.batchId} was started for another set-up (gateway ${record.baseUrl}): set PAYMENT_OPTIONS_BASE_URL and CARDLIFT_ACCOUNT as they were then`,
    );
  }
  const plan = await openPass(context, storage, record, file, options);
  if (plan === undefined) return exitCodes.ok;
  const { pass } = plan;
  if (options.detach !== true || options.cancel === true)
    return await workOnBatch(context, record, { ...options, pass });
  const access = await requireTemporal(context);
  try {
    await beginPass(access, storage, record, pass);
    context.terminal.report(`Temporal  ${describePage(access, record.batchId)}`);
    context.terminal.print(
      options.json === true ? JSON.stringify({ batch_id: record.batchId, pass }) : record.batchId,
    );
    await warnWithoutWorker(context, access, record);
  } finally {
    await access.release();
  }
  return exitCodes.ok;
}

/** The open pass, or a new one after the operator's word; undefined where there is no row to send. */
export async function openPass(
  context: CliContext,
  storage: Storage,
  record: BatchRecord,
  file: string | undefined,
  options: RedriveOptions,
): Promise<PassPlan | undefined> {
  const publication = await readPublicationState(storage, record);
  switch (publication.kind) {
    case 'first_pass_open':
      throw new CliError(`There is nothing to send again. ${await describeNoResults(storage, record)}`);
    case 'pass_open':
      if (options.cancel !== true && !(await asksForPlan(context, publication.plan, file, options))) {
        throw new CliError(
          `Pass ${publication.pass} of the batch is open, planned by ${publication.plan.createdBy} on ${publication.plan.createdAt} with ${countOf(publication.plan.rows, 'row')}: go on with it first, with\n  cardlift redrive ${record.batchId}`,
        );
      }
      context.terminal.report(
        `Going on with pass ${publication.pass}: ${countOf(publication.plan.rows, 'row')}.`,
      );
      await settlePlan(storage, record.batchId, publication.plan);
      return publication.plan;
    case 'published':
      if (options.cancel === true) {
        throw new CliError(`Nothing to cancel: no pass of the batch ${record.batchId} is open`);
      }
      return await planPass(context, storage, record, publication, file, options);
  }
}
