/* pause, resume and cancel: what an operator does to a batch that runs. */
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Command } from 'commander';
import { pauseUpdateName, resumeUpdateName } from '../contract/workflows.ts';
import { cancelBatch, controlBatch, NoWorkerError } from '../temporal/batch-client.ts';
import { describeNoWorker, withBatch } from './batch-access.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

interface ControlOptions {
  readonly json?: true;
}

/** Adds `cardlift pause`, `resume` and `cancel`. */
export function addControlCommands(program: Command): void {
  program
    .command('pause')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary('send no more rows; those under way are ended')
    .option('--json', 'the answer as JSON')
    .action((batch: string, options: ControlOptions) =>
      steer(openWorkplace(), batch, pauseUpdateName, options),
    );
  program
    .command('resume')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary('go on after a pause or a hold; after a hold, one row goes first')
    .option('--json', 'the answer as JSON')
    .action((batch: string, options: ControlOptions) =>
      steer(openWorkplace(), batch, resumeUpdateName, options),
    );
  program
    .command('cancel')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary('end the batch; rows that were not sent become not_sent')
    .option('--json', 'the answer as JSON')
    .action((batch: string, options: ControlOptions) => cancel(openWorkplace(), batch, options));
}

async function steer(
  place: Workplace,
  batch: string,
  control: typeof pauseUpdateName | typeof resumeUpdateName,
  options: ControlOptions,
): Promise<void> {
  await withBatch(place, batch, async (record, { client }) => {
    try {
      const phase = await controlBatch(client, record.batchId, control);
      tell(place, options, record.batchId, phase, `${record.batchId} is ${phase.replace('_', ' ')}`);
    } catch (error) {
      if (error instanceof NoWorkerError) throw new CliError(describeNoWorker(record), exitCodes.engine);
      if (error instanceof WorkflowUpdateFailedError) {
        throw new CliError(`${error.cause?.message ?? 'The batch refused'}: ${record.batchId}`);
      }
      throw asNotRunning(error, record.batchId);
    }
  });
}

async function cancel(place: Workplace, batch: string, options: ControlOptions): Promise<void> {
  await withBatch(place, batch, async (record, { client }) => {
    try {
      await cancelBatch(client, record.batchId);
    } catch (error) {
      throw asNotRunning(error, record.batchId);
    }
    tell(
      place,
      options,
      record.batchId,
      'cancelling',
      `${record.batchId} is being cancelled: rows under way are ended, the results follow (\`cardlift watch\` shows it)`,
    );
  });
}

function tell(
  place: Workplace,
  { json }: ControlOptions,
  batchId: string,
  phase: string,
  text: string,
): void {
  place.terminal.print(json === true ? JSON.stringify({ batch_id: batchId, phase }) : text);
}

function asNotRunning(error: unknown, batchId: string): unknown {
  return error instanceof WorkflowNotFoundError
    ? new CliError(`The batch is not running, it has ended or was never started: ${batchId}`)
    : error;
}
