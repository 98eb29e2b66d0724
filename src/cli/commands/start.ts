import type { Command } from 'commander';
import { type AppContext, openContext } from '../../app/app-context.ts';
import { beginPass } from '../../operations/begin-pass.ts';
import { launchBatch } from '../../operations/launch/prepare.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { NoWorkerError, readProgress } from '../../temporal/batch-client.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { describeNoWorker, requireTemporal } from '../batch-access.ts';
import { addLaunchOptions, type LaunchOptions } from '../launch-options.ts';
import { pathFor } from '../passed-names.ts';
import { describePage } from '../work-on-batch.ts';

/** Adds `cardlift start FILE`. */
export function addStartCommand(program: Command): void {
  addLaunchOptions(
    program
      .command('start')
      .argument('<file>', "the merchant's CSV, at a path that the worker can read", pathFor('FILE')),
  )
    .summary('start a batch for a running worker and print its id')
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

async function start(context: AppContext, file: string, options: LaunchOptions): Promise<void> {
  const { terminal } = context;
  // Asked first: a batch that is recorded and cannot be started would only confuse.
  const access = await requireTemporal(context);
  try {
    const { record, isNew } = await launchBatch(context, file, options);
    await beginPass(access, await context.storage(), record, 1);
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

/** Says so if a batch was started and no worker answers for it. */
export async function warnWithoutWorker(
  context: AppContext,
  access: TemporalAccess,
  record: BatchRecord,
): Promise<void> {
  const { terminal } = context;
  try {
    await readProgress(access.client, record.batchId);
  } catch (error) {
    if (error instanceof NoWorkerError) {
      terminal.report(await describeNoWorker(context, access, record, { control: 'watch' }));
    }
  }
}
