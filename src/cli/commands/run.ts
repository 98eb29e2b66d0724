import type { Command } from 'commander';
import { requireGatewayKeys } from '../../app/activity-deps.ts';
import { type EarlyEngine, startEarlyEngine } from '../../operations/passes/early-engine.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { refuseTwoWays } from '../go-on-options.ts';
import { leaveBeforeEnd } from '../interrupt.ts';
import { addLaunchOptions, type LaunchOptions } from '../launch-options.ts';
import { requireOutFolder } from '../out-folder.ts';
import { pathFor } from '../passed-names.ts';
import { workOnBatch } from '../work-on-batch.ts';
import { cancelFile } from './cancel-file.ts';
import { launchBatch } from './launch.ts';

interface RunOptions extends LaunchOptions {
  readonly out?: string;
  readonly resume?: true;
  readonly approve?: true;
  readonly cancel?: true;
  readonly reason?: string;
}

export function defineRun(command: Command): void {
  addLaunchOptions(command)
    .option('--out <dir>', 'copy the result files to this folder', pathFor('--out'))
    .option('--resume', 'continue the batch if it is paused or on hold')
    .option('--approve', 'continue the batch if its canary waits for approval')
    .option('--cancel', 'end the open batch of the file; unsent rows become not_sent')
    .option('--reason <text>', 'the reason for --resume, --approve or --cancel, for the audit log')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
After an interruption, the same command continues the batch: the same file is
the same batch.

Examples:
  cardlift run cards.csv --merchant-id 1234 --amount 1 --currency JPY
  cardlift run cards.csv --merchant-id 1234 --rate 5 --out results --yes`,
    )
    .action(async (file: string, options: RunOptions) => {
      process.exitCode = await run(openContext(), file, options);
    });
}

async function run(context: CliContext, file: string, options: RunOptions): Promise<number> {
  refuseTwoWays(options);
  if (options.cancel === true) return await cancelFile(context, file, options);
  // Checked before the file is claimed: a batch that this machine cannot send must not exist.
  requireGatewayKeys(context);
  await requireOutFolder(context, options.out);
  let engine: EarlyEngine | undefined;
  const stopListening = leaveBeforeEnd(async () => await engine?.discard());
  try {
    const { record, isNew } = await launchBatch(context, file, options, () => {
      engine ??= startEarlyEngine(context);
    });
    stopListening();
    if (!isNew) context.terminal.report(`Continuing the open batch ${record.batchId}`);
    return await workOnBatch(context, record, { ...options, pass: 1 }, engine);
  } finally {
    stopListening();
    await engine?.discard();
  }
}
