import type { Command } from 'commander';
import { type CliContext, openContext } from '../cli-context.ts';
import { readRetention } from '../../operations/retention.ts';
import { listBatches } from '../../storage/batch-index.ts';
import { readBatchRecord } from '../../storage/batch-record.ts';
import { readOverview, withTemporalIfAny } from '../batch-overview.ts';
import { overviewAsJson } from '../output/status-json.ts';
import { describeInList } from '../output/status-text.ts';

interface ListOptions {
  readonly json?: true;
}

/** Adds `cardlift list`. */
export function addListCommand(program: Command): void {
  program
    .command('list')
    .summary('list all batches in the storage')
    .option('--json', 'print the batches as JSON')
    .action((options: ListOptions) => showList(openContext(), options));
}

async function showList(context: CliContext, { json }: ListOptions): Promise<void> {
  const { terminal } = context;
  const storage = await context.storage();
  await withTemporalIfAny(context, async (access) => {
    const batches = [];
    for (const batchId of await listBatches(storage)) {
      const record = await readBatchRecord(storage, batchId);
      if (record === undefined) continue;
      batches.push({
        overview: await readOverview(storage, record, access),
        retention: await readRetention(context, record),
      });
    }
    const nowMs = Date.now();
    if (json === true) {
      terminal.print(
        JSON.stringify(batches.map(({ overview, retention }) => overviewAsJson(overview, retention, nowMs))),
      );
    } else if (batches.length === 0) {
      terminal.print('No batches');
    } else {
      for (const { overview, retention } of batches) terminal.print(describeInList(overview, retention));
    }
  });
}
