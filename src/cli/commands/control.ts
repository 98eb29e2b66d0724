/* pause, resume, approve, set-tolerance and cancel: what an operator does to a batch that runs. */
import type { Command } from 'commander';
import type { ControlCaller } from '../../contract/audit.ts';
import {
  approveUpdateName,
  type ControlName,
  pauseUpdateName,
  resumeUpdateName,
  type SetToleranceInput,
  setToleranceUpdateName,
} from '../../contract/workflows.ts';
import { auditNewsOf, callerOf, reasonOption } from '../../operations/audit-news.ts';
import { cancelUnsent, describeCancelledUnsent } from '../../operations/controls/cancel-unsent.ts';
import { asNotRunning, updateBatch } from '../../operations/controls/update-batch.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import { cancelBatch, NoWorkerError, readBatchStatus, readProgress } from '../../temporal/batch-client.ts';
import { describeNoWorker, withBatch } from '../batch-access.ts';
import { endWorkflowIfAny } from '../cancel-here.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { parsePercent } from '../launch-options.ts';

interface ControlOptions {
  readonly reason?: string;
  readonly json?: true;
}

/** Those that say nothing but who and why. */
const plainControls: readonly (readonly [name: string, update: ControlName, summary: string])[] = [
  ['pause', pauseUpdateName, 'send no more rows; those under way are ended'],
  ['resume', resumeUpdateName, 'go on after a pause or a hold; after a hold, one row goes first'],
  ['approve', approveUpdateName, 'send the other rows, once the canary is looked at'],
];

/** Adds `cardlift pause`, `resume`, `approve`, `set-tolerance` and `cancel`. */
export function addControlCommands(program: Command): void {
  for (const [name, update, summary] of plainControls) {
    program
      .command(name)
      .argument('<batch>', 'its id, or a beginning of its name')
      .summary(summary)
      .option(...reasonOption)
      .option('--json', 'the answer as JSON')
      .action((batch: string, options: ControlOptions) =>
        steer(openContext(), batch, update, callerOf(options), options),
      );
  }
  program
    .command('set-tolerance')
    .argument('<batch>', 'its id, or a beginning of its name')
    .argument('<percent>', 'of the answered rows that may bring no token', parsePercent)
    .summary('hold when more rows than so many percent bring no token')
    .option(...reasonOption)
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      `
Judged over the answers since the start or the last resume, at least 100 of
them. A batch that is on hold stays so: go on with \`cardlift resume\`.

Example:
  cardlift set-tolerance cards-1a2b3c4d 35 --reason "many expired cards"`,
    )
    .action((batch: string, percent: number, options: ControlOptions) => {
      const input: SetToleranceInput = { ...callerOf(options), percent };
      return steer(openContext(), batch, setToleranceUpdateName, input, options);
    });
  program
    .command('cancel')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary('end the batch; rows that were not sent become not_sent')
    .option(...reasonOption)
    .option('--json', 'the answer as JSON')
    .action((batch: string, options: ControlOptions) => cancel(openContext(), batch, options));
}

async function steer(
  context: CliContext,
  batch: string,
  control: ControlName,
  input: ControlCaller,
  options: ControlOptions,
): Promise<void> {
  const { batchId, phase } = await updateBatch(context, batch, control, input);
  report(context, options, batchId, phase, `${batchId} is ${phase.replaceAll('_', ' ')}`);
}

async function cancel(context: CliContext, batch: string, options: ControlOptions): Promise<void> {
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
        ? `${record.batchId} is being cancelled: requests under way finish, and the results follow. Watch it with\n  cardlift watch ${record.batchId}`
        : `${record.batchId} will be cancelled as soon as a worker runs; until then nothing of it is sent.`,
    );
    if (!isAnswered) context.terminal.report(await describeNoWorker(context, access, record, steering));
  });
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
