import type { Command } from 'commander';
import { findLatestPass } from '../storage/pass-plan.ts';
import { withBatch } from './batch-access.ts';
import { tellEnd } from './batch-end.ts';
import { followBatch } from './follow-batch.ts';
import { listenForInterrupt } from './interrupt.ts';
import { requireOutFolder } from './out-folder.ts';
import { slownessOf } from './pace-text.ts';
import { pathFor } from './passed-names.ts';
import { describeRunAgain } from './run-again.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

interface WatchOptions {
  readonly out?: string;
  readonly json?: true;
}

/** Adds `cardlift watch`. */
export function addWatchCommand(program: Command): void {
  program
    .command('watch')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary('follow a batch to its end; leaving does not stop it')
    .option('--out <dir>', 'copy the result files there', pathFor('--out'))
    .option('--json', 'the end as JSON')
    .action(async (batch: string, options: WatchOptions) => {
      process.exitCode = await watch(openWorkplace(), batch, options);
    });
}

async function watch(place: Workplace, text: string, options: WatchOptions): Promise<number> {
  await requireOutFolder(place, options.out);
  const interrupt = listenForInterrupt(() => undefined);
  try {
    return await withBatch(place, text, { control: 'watch' }, async (record, { client }) => {
      const { batchId } = record;
      const { terminal } = place;
      const pass = await findLatestPass(await place.storage(), batchId);
      const end = await followBatch({
        client,
        batchId,
        terminal,
        signal: interrupt.signal,
        describeSlowness: slownessOf(await place.storage(), record),
      });
      return await tellEnd(place, {
        batchId,
        pass,
        end,
        goOn: `cardlift watch ${batchId}`,
        runAgain: describeRunAgain(record, pass),
        // It has just answered.
        hasWorker: true,
        ...options,
      });
    });
  } finally {
    interrupt.forget();
  }
}
