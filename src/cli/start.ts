import type { Command } from 'commander';
import type { BatchRecord } from '../storage/batch-record.ts';
import { NoWorkerError, readProgress } from '../temporal/batch-client.ts';
import type { TemporalAccess } from '../temporal/temporal-access.ts';
import { describeNoWorker, requireTemporal } from './batch-access.ts';
import { beginPass } from './begin-pass.ts';
import { launchBatch } from './launch-batch.ts';
import { addLaunchOptions, type LaunchOptions } from './launch-options.ts';
import { pathFor } from './passed-names.ts';
import { describePage } from './work-on-batch.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** Adds `cardlift start FILE`. */
export function addStartCommand(program: Command): void {
  addLaunchOptions(
    program
      .command('start')
      .argument('<file>', "the merchant's CSV, under a path that the worker sees", pathFor('FILE')),
  )
    .summary('start a batch on a Temporal with a worker, and print its id')
    .option('--json', 'the id as JSON')
    .addHelpText(
      'after',
      `
The same file again names its open batch instead of starting another.

Example:
  cardlift start cards.csv --merchant-id 1234 --amount 1 --currency JPY --yes`,
    )
    .action(async (file: string, options: LaunchOptions) => start(openWorkplace(), file, options));
}

async function start(place: Workplace, file: string, options: LaunchOptions): Promise<void> {
  const { terminal } = place;
  // Asked first: a batch that is recorded and cannot be started would only confuse.
  const access = await requireTemporal(place);
  try {
    const { record, isNew } = await launchBatch(place, file, options);
    await beginPass(access, await place.storage(), record, 1);
    terminal.tell(isNew ? 'Started.' : 'This file is an open batch already; nothing new was started.');
    terminal.tell(`Temporal  ${describePage(access, record.batchId)}`);
    terminal.print(
      options.json === true ? JSON.stringify({ batch_id: record.batchId, is_new: isNew }) : record.batchId,
    );
    await warnWithoutWorker(place, access, record);
  } finally {
    await access.release();
  }
}

/** Says so if a batch was started and no worker answers for it. */
export async function warnWithoutWorker(
  place: Workplace,
  access: TemporalAccess,
  record: BatchRecord,
): Promise<void> {
  const { terminal } = place;
  try {
    await readProgress(access.client, record.batchId);
  } catch (error) {
    if (error instanceof NoWorkerError) {
      terminal.tell(await describeNoWorker(place, access, record, { control: 'watch' }));
    }
  }
}
