/* Starts a worker in this process. */
import type { ActivityDeps } from '../activities/deps.ts';
import { answerGraceMs } from '../gateway/http-gateway.ts';
import type { TemporalAccess } from '../temporal/temporal-access.ts';
import type { RunningWorker } from '../temporal/worker-supervision.ts';
import type { AppContext } from './app-context.ts';

/** Starts a worker that sends with these dependencies. Rejects if Temporal is unreachable. */
export async function startProcessWorker(
  { logger }: AppContext,
  { connectionOptions, namespace }: TemporalAccess,
  deps: ActivityDeps,
  gatewayTimeoutMs: number,
): Promise<RunningWorker> {
  // Imported here because it takes half a second, which other commands should not pay.
  const { startWorker } = await import('../temporal/worker-assembly.ts');
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
