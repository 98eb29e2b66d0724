/* confirm-move: allows sending from a storage that is not where it was registered. */
import type { Command } from 'commander';
import { movedStorageText } from '../../app/moved-storage.ts';
import { confirmMove, planMove } from '../../operations/move-storage.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { wrapLine } from '../output/wrapped-text.ts';
import { reasonOption } from '../reason-option.ts';

interface ConfirmMoveOptions {
  readonly yes?: true;
  readonly json?: true;
  readonly reason?: string;
}

export function defineConfirmMove(command: Command): void {
  command
    .option(...reasonOption)
    .option('--yes', 'confirm without a prompt')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Only for a storage whose original is gone, or from which nothing will ever be
sent again. Rows that were sent since the copy was made are charged again. If a
backup was restored, compare the open batches with the gateway's dashboard
before you continue them.

Example:
  cardlift confirm-move --reason 'the disk was replaced'`,
    )
    .action((options: ConfirmMoveOptions) => confirmStorageMove(openContext(), options));
}

/** Registers the storage's place after the operator agrees. Throws CliError. */
export async function confirmStorageMove(context: CliContext, options: ConfirmMoveOptions): Promise<void> {
  const { terminal, config } = context;
  const plan = await planMove(context);
  const report = (text: string, isChanged: boolean, batches: readonly string[]): void =>
    terminal.print(
      options.json === true
        ? JSON.stringify({ storage: config.storageFolder, is_changed: isChanged, open_batches: batches })
        : text,
    );
  if (plan.kind === 'nothing') {
    report(`${config.storageFolder} is where it was registered. Nothing was changed`, false, []);
    return;
  }
  const { openBatches } = plan;
  terminal.report(
    [
      wrapLine(`Storage   ${config.storageFolder} ${movedStorageText}`, 10),
      `Open      ${openBatches.length === 0 ? 'no batch' : openBatches.join(', ')}`,
      wrapLine(
        'Danger    rows that were sent from the original after the copy was made are charged again',
        10,
      ),
    ].join('\n'),
  );
  if (
    options.yes !== true &&
    !(await terminal.confirm('Will nothing ever be sent from the original again?'))
  ) {
    throw new CliError('Nothing was changed: not confirmed. Add --yes to confirm without a prompt');
  }
  await confirmMove(context, plan, options);
  report(`${config.storageFolder} is registered here. Rows may be sent from it`, true, openBatches);
}
