/* `worker` and `up`: long-running processes that serve every batch with their settings. */
import type { Command } from 'commander';
import { type AppContext, createActivityDeps, isLiveContext, openContext } from '../../app/app-context.ts';
import { joinTemporal, type TemporalAccess } from '../../temporal/temporal-access.ts';
import { requireTemporal } from '../batch-access.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { graceMsOf } from '../work-on-batch.ts';

interface WorkerOptions {
  readonly live?: true;
  readonly json?: true;
}

/** Adds `cardlift worker` and `cardlift up`. */
export function addWorkerCommands(program: Command): void {
  program
    .command('worker')
    .summary('run a worker until it is stopped')
    .option('--live', 'accept live batches of a gateway on this machine')
    .option('--json', 'print the state as JSON')
    .action((options: WorkerOptions) => work(openContext(), options, requireTemporal));
  program
    .command('up')
    .summary('run the embedded Temporal and a worker until Ctrl-C')
    .option('--live', 'accept live batches of a gateway on this machine')
    .option('--json', 'print the state as JSON')
    .action((options: WorkerOptions) =>
      work(openContext(), options, ({ config, logger }) => joinTemporal(config.home, logger)),
    );
}

/** Runs a worker until SIGINT or SIGTERM. In-flight requests finish first. */
export async function work(
  context: AppContext,
  options: WorkerOptions,
  join: (context: AppContext) => Promise<TemporalAccess>,
): Promise<void> {
  const { terminal, config, logger } = context;
  const isLive = isLiveContext(config, options.live === true);
  const deps = await createActivityDeps(context, isLive);
  const interrupt = listenForInterrupt(() =>
    terminal.report('Stopping: in-flight requests finish first. Press Ctrl-C again to stop immediately.'),
  );
  const access = await join(context);
  try {
    // Loading the SDK's worker takes half a second, so only the commands that need it load it.
    const { startWorker } = await import('../../temporal/worker-assembly.ts');
    const worker = await startWorker({
      connectionOptions: access.connectionOptions,
      namespace: access.namespace,
      deps,
      logger,
      shutdownGraceMs: graceMsOf(config.gatewayTimeoutMs),
    });
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
