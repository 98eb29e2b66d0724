/* pause, resume, approve, set-tolerance and cancel: how an operator controls a running batch. */
import type { Command } from 'commander';
import { cancelRunning } from '../../operations/controls/cancel-running.ts';
import { describeCancelledUnsent } from '../../operations/controls/cancel-unsent.ts';
import {
  approveBatch,
  pauseBatch,
  resumeBatch,
  setBatchTolerance,
} from '../../operations/controls/change-batch.ts';
import type { UpdatedBatch } from '../../operations/controls/update-batch.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { reasonOption } from '../reason-option.ts';
import { reportWorkflowError } from './cancel-file.ts';

interface ControlOptions {
  readonly reason?: string;
  readonly json?: true;
}

type Change = (context: CliContext, batch: string, options: ControlOptions) => Promise<UpdatedBatch>;

export const definePause = defineControl(pauseBatch);
export const defineResume = defineControl(resumeBatch);
export const defineApprove = defineControl(approveBatch);

/** A control that sends only the caller and the reason. */
function defineControl(change: Change): (command: Command) => void {
  return (command) =>
    addControlOptions(command).action((batch: string, options: ControlOptions) => {
      const context = openContext();
      return steer(context, options, change(context, batch, options));
    });
}

export function defineSetTolerance(command: Command): void {
  addControlOptions(command)
    .addHelpText(
      'after',
      `
Counts the answers since the start or the last resume, once there are 100.
A batch on hold stays on hold; to continue, use \`cardlift resume\`.

Example:
  cardlift set-tolerance cards-1a2b3c4d 35 --reason "many expired cards"`,
    )
    .action((batch: string, percent: number, options: ControlOptions) => {
      const context = openContext();
      return steer(context, options, setBatchTolerance(context, batch, percent, options));
    });
}

export function defineCancel(command: Command): void {
  addControlOptions(command).action((batch: string, options: ControlOptions) =>
    cancel(openContext(), batch, options),
  );
}

function addControlOptions(command: Command): Command {
  return command.option(...reasonOption).option('--json', 'print the result as JSON');
}

async function steer(
  context: CliContext,
  options: ControlOptions,
  change: Promise<UpdatedBatch>,
): Promise<void> {
  const { batchId, phase } = await change;
  report(context, options, batchId, phase, `${batchId} is ${phase.replaceAll('_', ' ')}`);
}

async function cancel(context: CliContext, batch: string, options: ControlOptions): Promise<void> {
  const record = await findBatch(await context.storage(), batch);
  const { batchId } = record;
  const cancellation = await cancelRunning(context, record, options);
  switch (cancellation.kind) {
    case 'unsent':
      reportWorkflowError(context, cancellation);
      report(context, options, batchId, 'cancelled', describeCancelledUnsent(record));
      break;
    case 'cancelling':
      report(
        context,
        options,
        batchId,
        'cancelling',
        `${batchId} is being cancelled. In-flight requests finish, then the results are published. To watch:\n  cardlift watch ${batchId}`,
      );
      break;
    case 'waits_for_worker':
      report(
        context,
        options,
        batchId,
        'cancelling',
        `${batchId} will be cancelled when a worker runs. Until then nothing is sent.`,
      );
      context.terminal.report(cancellation.advice);
  }
}

function report(
  context: CliContext,
  { json }: ControlOptions,
  batchId: string,
  phase: string,
  text: string,
): void {
  context.terminal.print(json === true ? JSON.stringify({ batch_id: batchId, phase }) : text);
}
