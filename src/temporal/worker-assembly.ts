/*
 * Assembles a worker: one poller for workflows and one for activities, on two queues. Activities
 * have a separate queue, so that none is handed out past it (eager dispatch). Both queue names
 * contain the target fingerprint.
 */
import {
  NativeConnection,
  type NativeConnectionOptions,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { createActivities } from '../activities/create-activities.ts';
import type { ActivityDeps } from '../activities/deps.ts';
import { ForeignErrorInterceptor } from '../activities/failures.ts';
import { activityQueueOf, workflowQueueOf } from '../contract/ids.ts';
import type { Logger } from '../logger.ts';
import { installRuntime } from './runtime.ts';
import { type RunningWorker, superviseWorkers } from './worker-supervision.ts';
import { loadWorkflowBundle } from './workflow-bundle.ts';

export interface WorkerInput {
  readonly connectionOptions: NativeConnectionOptions;
  readonly namespace: string;
  readonly deps: ActivityDeps;
  readonly logger: Logger;
  /** How long a stopping worker waits for in-flight rows: longer than the gateway's time-out. */
  readonly shutdownGraceMs: number;
  /** The workflows' code, if already bundled. */
  readonly workflowBundle?: WorkflowBundleOption;
}

/** More concurrent rows than any sensible concurrency, so that only the rate limiter decides. */
const maxActivities = 2_000;

/** Starts a worker. Rejects if Temporal is unreachable. */
export async function startWorker(input: WorkerInput): Promise<RunningWorker> {
  const { namespace, deps, logger, shutdownGraceMs } = input;
  installRuntime(logger);
  const workflowBundle = input.workflowBundle ?? (await loadWorkflowBundle(logger));
  const connection = await NativeConnection.connect(input.connectionOptions);
  try {
    // At once: each thread for workflows loads for a quarter of a second.
    const workers = await createAll([
      Worker.create({
        connection,
        namespace,
        taskQueue: workflowQueueOf(deps.targetFingerprint),
        workflowBundle,
        // After a worker is killed, its workflows wait this long before another worker may continue
        // them. The default of 10 s would be most of a restart.
        stickyQueueScheduleToStartTimeout: '4s',
      }),
      Worker.create({
        connection,
        namespace,
        taskQueue: activityQueueOf(deps.targetFingerprint),
        activities: { ...createActivities(deps) },
        interceptors: { activity: [() => ({ inbound: new ForeignErrorInterceptor() })] },
        maxConcurrentActivityTaskExecutions: maxActivities,
        // Heartbeats inform a row of its cancellation. The default of 30 s would delay a pause.
        maxHeartbeatThrottleInterval: '2s',
        shutdownGraceTime: shutdownGraceMs,
      }),
    ]);
    return superviseWorkers(workers, {
      beforeShutdown: () => deps.rateLimiter.stop(),
      closings: [() => connection.close(), () => deps.gateway.close()],
    });
  } catch (error) {
    // A worker that was created but never run still holds the connection. That must not hide the
    // original error.
    await connection.close().catch(() => undefined);
    throw error;
  }
}

/** Settles only when each is created or has failed, so that the connection can then be closed. */
async function createAll(creations: readonly Promise<Worker>[]): Promise<Worker[]> {
  await Promise.allSettled(creations);
  return await Promise.all(creations);
}
