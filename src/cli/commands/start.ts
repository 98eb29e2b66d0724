import type { Command } from 'commander';
import { requireTemporal } from '../../operations/batch-session.ts';
import { findWorkerAdvice } from '../../operations/controls/worker-silence.ts';
import { beginPass } from '../../operations/passes/begin-pass.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { addLaunchOptions, type LaunchOptions } from '../launch-options.ts';
import { describePage } from '../output/temporal-page.ts';
import { launchBatch } from './launch.ts';

export function defineStart(command: Command): void {
  addLaunchOptions(command)
    .option('--json', 'print the id as JSON')
    .addHelpText(
      'after',
      `
If the file already has an open batch, prints its id instead of starting another.

Example:
  cardlift start cards.csv --merchant-id 1234 --amount 1 --currency JPY --yes`,
    )
    .action(async (file: string, options: LaunchOptions) => start(openContext(), file, options));
}

async function start(context: CliContext, file: string, options: LaunchOptions): Promise<void> {
  const { terminal } = context;
  // Checked first: a batch that is recorded but cannot be started would only confuse.
  const access = await requireTemporal(context);
  try {
    const { record, isNew } = await launchBatch(context, file, options);
    await beginPass(context, access, record, 1);
    terminal.report(isNew ? 'Started.' : 'This file already has an open batch. Nothing new was started.');
    terminal.report(`Temporal  ${describePage(access, record.batchId)}`);
    terminal.print(
      options.json === true ? JSON.stringify({ batch_id: record.batchId, is_new: isNew }) : record.batchId,
    );
    await warnWithoutWorker(context, access, record);
  } finally {
    await access.release();
  }
}

/** Prints a warning if a started batch has no worker. */
export async function warnWithoutWorker(
  context: CliContext,
  access: TemporalAccess,
  record: BatchRecord,
): Promise<void> {
  const advice = await findWorkerAdvice(context, access, record);
  if (advice !== undefined) context.terminal.report(advice);
}
