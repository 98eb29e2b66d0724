/* `worker` and `up`: long-running processes that serve every batch with their settings. */
import type { Command } from 'commander';
import { createActivityDeps } from '../../app/activity-deps.ts';
import { isLiveTarget } from '../../app/target.ts';
import { startProcessWorker } from '../../app/worker-process.ts';
import { joinOwnTemporal, requireTemporal } from '../../operations/batch-session.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { listenForInterrupt } from '../interrupt.ts';

interface WorkerOptions {
  readonly live?: true;
  readonly json?: true;
}

export function defineWorker(command: Command): void {
  addWorkerOptions(command).action((options: WorkerOptions) => work(openContext(), options, requireTemporal));
}

export function defineUp(command: Command): void {
  addWorkerOptions(command).action((options: WorkerOptions) => work(openContext(), options, joinOwnTemporal));
}

function addWorkerOptions(command: Command): Command {
  return command
    .option('--live', 'accept live batches of a gateway on this machine')
    .option('--json', 'print the state as JSON');
}

/** Runs a worker until SIGINT or SIGTERM. In-flight requests finish first. */
export async function work(
  context: CliContext,
  options: WorkerOptions,
  join: (context: CliContext) => Promise<TemporalAccess>,
): Promise<void> {
  const { terminal, config } = context;
  const isLive = isLiveTarget(config, options.live === true);
  const deps = await createActivityDeps(context, isLive);
  const interrupt = listenForInterrupt(() =>
    terminal.report('Stopping: in-flight requests finish first. Press Ctrl-C again to stop immediately.'),
  );
  const access = await join(context);
  try {
    const worker = await startProcessWorker(context, access, deps, config.gatewayTimeoutMs);
    const stopped = new Promise<void>((resolve) => {
      if (interrupt.signal.aborted) resolve();
      interrupt.signal.addEventListener('abort', () => resolve());
    });
    terminal.print(
      options.json === true
        ? JSON.stringify({
            status: 'working',
            address: access.address,
            ui_url: access.uiUrl ?? null,
            is_live: isLive,
          })
        : [
            `Working for ${config.baseUrl.url} (${isLive ? 'LIVE' : 'sandbox'}) on Temporal at ${access.address}.`,
            ...(access.uiUrl === undefined ? [] : [`Temporal UI: ${access.uiUrl}`]),
            'Press Ctrl-C to stop.',
          ].join('\n'),
    );
    await Promise.race([stopped, worker.stopped]);
    await worker.stop();
  } finally {
    await access.release();
    interrupt.forget();
  }
}
