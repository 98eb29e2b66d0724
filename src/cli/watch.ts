import type { Command } from 'commander';
import { describeWorkOn, withBatch } from './batch-access.ts';
import { tellEnd } from './batch-end.ts';
import { followBatch } from './follow-batch.ts';
import { listenForInterrupt } from './interrupt.ts';
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
    .option('--out <dir>', 'copy the result files there')
    .option('--json', 'the end as JSON')
    .action(async (batch: string, options: WatchOptions) => {
      process.exitCode = await watch(openWorkplace(), batch, options);
    });
}

async function watch(place: Workplace, text: string, options: WatchOptions): Promise<number> {
  const interrupt = listenForInterrupt(() => undefined);
  try {
    return await withBatch(place, text, async (record, { client }) => {
      const { batchId } = record;
      const { terminal } = place;
      const end = await followBatch({ client, batchId, terminal, signal: interrupt.signal });
      return await tellEnd(place, {
        batchId,
        end,
        goOn: `cardlift watch ${batchId}`,
        workOn: describeWorkOn(record),
        ...options,
      });
    });
  } finally {
    interrupt.forget();
  }
}
