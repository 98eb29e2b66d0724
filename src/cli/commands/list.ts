import type { Command } from 'commander';
import { withTemporalIfAny } from '../../operations/batch-session.ts';
import { listOverviews } from '../../operations/lookups/batch-overview.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { overviewAsJson } from '../output/status-json.ts';
import { describeInList } from '../output/status-text.ts';

interface ListOptions {
  readonly json?: true;
}

export function defineList(command: Command): void {
  command
    .option('--json', 'print the batches as JSON')
    .action((options: ListOptions) => showList(openContext(), options));
}

async function showList(context: CliContext, { json }: ListOptions): Promise<void> {
  const { terminal } = context;
  const batches = await withTemporalIfAny(context, terminal.report, (access) =>
    listOverviews(context, access),
  );
  if (json === true) {
    const nowMs = Date.now();
    const elements = batches.map(({ overview, retention }) => overviewAsJson(overview, retention, nowMs));
    terminal.print(JSON.stringify(elements));
  } else if (batches.length === 0) {
    terminal.print('No batches');
  } else {
    for (const { overview, retention } of batches) terminal.print(describeInList(overview, retention));
  }
}
