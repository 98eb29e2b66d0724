/* pause, resume, approve, set-tolerance and cancel: what an operator does to a batch that runs. */
import type { Command } from 'commander';
import { type AppContext, openContext } from '../../app/app-context.ts';
import type { ControlCaller } from '../../contract/audit.ts';
import {
  approveUpdateName,
  type ControlName,
  pauseUpdateName,
  resumeUpdateName,
  type SetToleranceInput,
  setToleranceUpdateName,
} from '../../contract/workflows.ts';
import { asNotRunning, updateBatch } from '../../operations/batch-update.ts';
import { cancelUnsent, describeCancelledUnsent } from '../../operations/cancel-unsent.ts';
import { findBatch } from '../../operations/find-batch.ts';
import { auditNewsOf, callerOf, reasonOption } from '../../operations/operator.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import { cancelBatch, NoWorkerError, readBatchStatus, readProgress } from '../../temporal/batch-client.ts';
import { describeNoWorker, withBatch } from '../batch-access.ts';
import { endWorkflowIfAny } from '../cancel-here.ts';
import { parsePercent } from '../launch-options.ts';

interface ControlOptions {
  readonly reason?: string;
  readonly json?: true;
}

/** Those that say nothing but who and why. */
const plainControls: readonly (readonly [name: string, update: ControlName, summary: string])[] = [
  ['pause', pauseUpdateName, 'stop sending rows; in-flight requests finish'],
  ['resume', resumeUpdateName, 'continue after a pause or a hold; after a hold, one row goes first'],
  ['approve', approveUpdateName, 'send the remaining rows after the canary'],
];

/** Adds `cardlift pause`, `resume`, `approve`, `set-tolerance` and `cancel`. */
export function addControlCommands(program: Command): void {
  for (const [name, update, summary] of plainControls) {
    program
      .command(name)
      .argument('<batch>', "the batch's id, or the start of its name")
      .summary(summary)
      .option(...reasonOption)
      .option('--json', 'print the result as JSON')
      .action((batch: string, options: ControlOptions) =>
        steer(openContext(), batch, update, callerOf(options), options),
      );
  }
  program
    .command('set-tolerance')
    .argument('<batch>', "the batch's id, or the start of its name")
    .argument('<percent>', 'the share of answered rows that may end without a token', parsePercent)
    .summary('set the share of rows without a token at which the batch holds')
    .option(...reasonOption)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Counts the answers since the start or the last resume, once there are 100.
A batch on hold stays on hold; to continue, use \`cardlift resume\`.

Example:
  cardlift set-tolerance cards-1a2b3c4d 35 --reason "many expired cards"`,
    )
    .action((batch: string, percent: number, options: ControlOptions) => {
      const input: SetToleranceInput = { ...callerOf(options), percent };
      return steer(openContext(), batch, setToleranceUpdateName, input, options);
    });
  program
    .command('cancel')
    .argument('<batch>', "the batch's id, or the start of its name")
    .summary('end the batch; unsent rows become not_sent')
    .option(...reasonOption)
    .option('--json', 'print the result as JSON')
    .action((batch: string, options: ControlOptions) => cancel(openContext(), batch, options));
}

async function steer(
  context: AppContext,
  batch: string,
  control: ControlName,
  input: ControlCaller,
  options: ControlOptions,
): Promise<void> {
  const { batchId, phase } = await updateBatch(context, batch, control, input);
  report(context, options, batchId, phase, `${batchId} is ${phase.replaceAll('_', ' ')}`);
}

async function cancel(context: AppContext, batch: string, options: ControlOptions): Promise<void> {
  const storage = await context.storage();
  const record = await findBatch(storage, batch);
  if (await cancelUnsent(storage, record, options)) {
    await endWorkflowIfAny(context, record.batchId);
    report(context, options, record.batchId, 'cancelled', describeCancelledUnsent(record));
    return;
  }
  const steering = { control: 'cancel' } as const;
  await withBatch(context, record.batchId, steering, async (_, access) => {
    const { client } = access;
    try {
      if ((await readBatchStatus(client, record.batchId)) === 'running') {
        // Cancellation is Temporal's own and carries no words, so the line is written before it.
        await appendAudit(storage, record.batchId, auditNewsOf('cancel', options));
      }
      await cancelBatch(client, record.batchId);
    } catch (error) {
      throw await asNotRunning(error, context, record, steering);
    }
    const isAnswered = await readProgress(client, record.batchId).then(
      () => true,
      (error: unknown) => !(error instanceof NoWorkerError),
    );
    report(
      context,
      options,
      record.batchId,
      'cancelling',
      isAnswered
        ? `${record.batchId} is being cancelled. In-flight requests finish, then the results are published. To watch:\n  cardlift watch ${record.batchId}`
        : `${record.batchId} will be cancelled when a worker runs. Until then nothing is sent.`,
    );
    if (!isAnswered) context.terminal.report(await describeNoWorker(context, access, record, steering));
  });
}

function report(
  context: AppContext,
  { json }: ControlOptions,
  batchId: string,
  phase: string,
  text: string,
): void {
  context.terminal.print(json === true ? JSON.stringify({ batch_id: batchId, phase }) : text);
}
