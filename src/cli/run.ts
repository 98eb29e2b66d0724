import type { Command } from 'commander';
import { resumeUpdateName } from '../contract/workflows.ts';
import { answerGraceMs } from '../gateway/http-gateway.ts';
import { controlBatch, readProgress, startBatch } from '../temporal/batch-client.ts';
import { joinTemporal, type TemporalAccess } from '../temporal/temporal-access.ts';
import { type RunningWorker, startWorker } from '../temporal/worker-assembly.ts';
import { describeWorkOn } from './batch-access.ts';
import { tellEnd } from './batch-end.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { type FollowEnd, followBatch } from './follow-batch.ts';
import { listenForInterrupt } from './interrupt.ts';
import { launchBatch } from './launch-batch.ts';
import { addLaunchOptions, type LaunchOptions } from './launch-options.ts';
import { createActivityDeps, openWorkplace, type Workplace } from './workplace.ts';

interface RunOptions extends LaunchOptions {
  readonly out?: string;
  readonly resume?: true;
}

/** A worker that stops waits for rows under way: the time-out, the grace, and the writing of the end. */
export const graceMsOf = (gatewayTimeoutMs: number): number => gatewayTimeoutMs + answerGraceMs + 10_000;

/** Adds `cardlift run FILE`. */
export function addRunCommand(program: Command): void {
  addLaunchOptions(program.command('run').argument('<file>', "the merchant's CSV"))
    .summary('the whole thing on this machine: start, work, wait, write the results')
    .option('--out <dir>', 'copy the result files there')
    .option('--resume', 'go on with the batch if it is paused or on hold')
    .option('--json', 'the end as JSON')
    .addHelpText(
      'after',
      `
Given again after an interruption it goes on where it was: the same file is the same batch.

Examples:
  cardlift run cards.csv --merchant-id 1234 --amount 1 --currency JPY
  cardlift run cards.csv --merchant-id 1234 --rate 5 --out results --yes`,
    )
    .action(async (file: string, options: RunOptions) => {
      process.exitCode = await run(openWorkplace(), file, options);
    });
}

async function run(place: Workplace, file: string, options: RunOptions): Promise<number> {
  const { terminal, logger, config } = place;
  const { record, isNew } = await launchBatch(place, file, options);
  const { batchId } = record;
  if (!isNew) terminal.tell(`Going on with the open batch ${batchId}`);
  const workOn = describeWorkOn(record);
  const deps = await createActivityDeps(place, record.isLive);
  if (deps.binding !== record.binding) {
    throw new CliError(
      `The batch ${batchId} was started for another set-up (gateway ${record.baseUrl}): set PAYMENT_OPTIONS_BASE_URL, CARDLIFT_ACCOUNT and --live as they were then`,
    );
  }
  const interrupt = listenForInterrupt(() =>
    terminal.tell('Stopping: rows under way are ended first. Ctrl-C again stops at once.'),
  );
  let access: TemporalAccess | undefined;
  let worker: RunningWorker | undefined;
  let end: FollowEnd;
  try {
    access = await joinTemporal(config.home, logger);
    worker = await startWorker({
      connectionOptions: access.connectionOptions,
      namespace: access.namespace,
      deps,
      logger,
      shutdownGraceMs: graceMsOf(record.gatewayTimeoutMs),
    });
    await startBatch(access, record);
    terminal.tell(`Temporal  ${describePage(access, batchId)}`);
    if (options.resume === true) await resume(place, access, batchId);
    end = await Promise.race([
      followBatch({ client: access.client, batchId, terminal, signal: interrupt.signal }),
      worker.stopped.then((): never => {
        throw new CliError('The worker stopped by itself; the same command goes on', exitCodes.engine);
      }),
    ]);
  } finally {
    await worker?.stop();
    await access?.release();
    interrupt.forget();
  }
  return await tellEnd(place, {
    batchId,
    end,
    goOn: workOn.replace(/ --resume$/, ''),
    workOn,
    ...(options.out === undefined ? {} : { out: options.out }),
    ...(options.json === undefined ? {} : { json: true }),
  });
}

async function resume({ terminal }: Workplace, access: TemporalAccess, batchId: string): Promise<void> {
  const { phase } = await readProgress(access.client, batchId);
  if (phase !== 'paused' && phase !== 'on_hold') return;
  await controlBatch(access.client, batchId, resumeUpdateName);
  terminal.tell('Resumed.');
}

/** Where the operator watches the batch. */
export function describePage({ uiUrl, address, namespace }: TemporalAccess, batchId: string): string {
  return uiUrl === undefined
    ? `${address}, namespace ${namespace}, workflow ${batchId}`
    : `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(batchId)}`;
}
