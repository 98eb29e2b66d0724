/* Starts a worker in this process. */
import type { ActivityDeps } from '../activities/deps.ts';
import { answerGraceMs } from '../gateway/http-gateway.ts';
import type { TemporalAccess } from '../temporal/temporal-access.ts';
import type { RunningWorker } from '../temporal/worker-supervision.ts';
import type { AppContext } from './app-context.ts';

/**
 * Loads the worker's code, which takes half a second: other commands should not pay for it, and a
 * start can do it while it waits.
 */
export async function loadWorker() {
  return await import('../temporal/worker-assembly.ts');
}

/** Starts a worker that sends with these dependencies. Rejects if Temporal is unreachable. */
export async function startProcessWorker(
  { logger }: AppContext,
  { connectionOptions, namespace }: TemporalAccess,
  deps: ActivityDeps,
  gatewayTimeoutMs: number,
): Promise<RunningWorker> {
  const { startWorker } = await loadWorker();
  return await startWorker({
    connectionOptions,
    namespace,
    deps,
    logger,
    // A stopping worker waits for requests in flight: the time-out, the grace period, and the
    // writing of the result.
    shutdownGraceMs: gatewayTimeoutMs + answerGraceMs + 10_000,
  });
}
