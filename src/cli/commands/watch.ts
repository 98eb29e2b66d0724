import type { Command } from 'commander';
import { type AppContext, openContext } from '../../app/app-context.ts';
import { findLatestPass } from '../../storage/pass-plan.ts';
import { withBatch } from '../batch-access.ts';
import { reportEnd } from '../batch-end.ts';
import { followBatch } from '../follow-batch.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { requireOutFolder } from '../out-folder.ts';
import { slownessOf } from '../output/limits-text.ts';
import { describeRunAgain } from '../output/run-again.ts';
import { pathFor } from '../passed-names.ts';

interface WatchOptions {
  readonly out?: string;
  readonly json?: true;
}

/** Adds `cardlift watch`. */
export function addWatchCommand(program: Command): void {
  program
    .command('watch')
    .argument('<batch>', "the batch's id, or the start of its name")
    .summary('follow a batch until it ends; Ctrl-C does not stop the batch')
    .option('--out <dir>', 'copy the result files to this folder', pathFor('--out'))
    .option('--json', 'print the result as JSON')
    .action(async (batch: string, options: WatchOptions) => {
      process.exitCode = await watch(openContext(), batch, options);
    });
}

async function watch(context: AppContext, text: string, options: WatchOptions): Promise<number> {
  await requireOutFolder(context, options.out);
  const interrupt = listenForInterrupt(() => undefined);
  try {
    return await withBatch(context, text, { control: 'watch' }, async (record, { client }) => {
      const { batchId } = record;
      const { terminal } = context;
      const pass = await findLatestPass(await context.storage(), batchId);
      const end = await followBatch({
        client,
        batchId,
        terminal,
        signal: interrupt.signal,
        describeSlowness: slownessOf(await context.storage(), record),
      });
      return await reportEnd(context, {
        batchId,
        pass,
        end,
        goOn: `cardlift watch ${batchId}`,
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
