import type { Command } from 'commander';
import { withBatch } from '../../operations/batch-session.ts';
import { followBatch } from '../../operations/follow/follow-batch.ts';
import { latestPassOf } from '../../operations/lookups/find-batch.ts';
import { describeRunAgain } from '../../operations/run-again.ts';
import { reportEnd } from '../batch-end.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { requireOutFolder } from '../out-folder.ts';
import { createFollowView } from '../output/follow-view.ts';
import { slownessOf } from '../output/limits-text.ts';
import { pathFor } from '../passed-names.ts';

interface WatchOptions {
  readonly out?: string;
  readonly json?: true;
}

export function defineWatch(command: Command): void {
  command
    .option('--out <dir>', 'copy the result files to this folder', pathFor('--out'))
    .option('--json', 'print the result as JSON')
    .action(async (batch: string, options: WatchOptions) => {
      process.exitCode = await watch(openContext(), batch, options);
    });
}

async function watch(context: CliContext, text: string, options: WatchOptions): Promise<number> {
  await requireOutFolder(context, options.out);
  const interrupt = listenForInterrupt(() => undefined);
  try {
    return await withBatch(context, text, { control: 'watch' }, async (record, { client }) => {
      const { batchId } = record;
      const { terminal } = context;
      const pass = await latestPassOf(context, batchId);
      const end = await followBatch({
        client,
        batchId,
        signal: interrupt.signal,
        observer: createFollowView({ terminal, batchId, describeSlowness: slownessOf(context, record) }),
      });
      return await reportEnd(context, {
        batchId,
        pass,
        end,
        continueCommand: `cardlift watch ${batchId}`,
        runAgain: describeRunAgain(record, pass),
        // A worker has just answered.
        hasWorker: true,
        ...options,
      });
    });
  } finally {
    interrupt.forget();
  }
}
