/*
 * Puts a worker together: one poller for the workflows and one for the activities, on two queues. The activities' queue is
 * separate, so that no activity is handed out past it (eager dispatch), and both carry the target fingerprint in their names.
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
  /** A worker that is told to stop waits so long for rows under way: longer than a gateway's time-out. */
  readonly shutdownGraceMs: number;
  /** Where it is made already: the workflows' code. */
  readonly workflowBundle?: WorkflowBundleOption;
}

/** More rows at once than any sensible concurrency, so that the rate limiter alone decides. */
const mostActivities = 2_000;

/** Starts a worker. Rejects where Temporal cannot be reached. */
export async function startWorker(input: WorkerInput): Promise<RunningWorker> {
  const { namespace, deps, logger, shutdownGraceMs } = input;
  installRuntime(logger);
  const workflowBundle = input.workflowBundle ?? (await loadWorkflowBundle(logger));
  const connection = await NativeConnection.connect(input.connectionOptions);
  try {
    const workers = [
      await Worker.create({
        connection,
        namespace,
        taskQueue: workflowQueueOf(deps.targetFingerprint),
        workflowBundle,
        // A killed worker's workflows wait for it so long before another may go on: the usual 10 s were most of a restart.
        stickyQueueScheduleToStartTimeout: '4s',
      }),
      await Worker.create({
        connection,
        namespace,
        taskQueue: activityQueueOf(deps.targetFingerprint),
        activities: { ...createActivities(deps) },
        interceptors: { activity: [() => ({ inbound: new ForeignErrorInterceptor() })] },
        maxConcurrentActivityTaskExecutions: mostActivities,
        // A row's heartbeat is how it learns that it was cancelled: the usual 30 s would make a pause slow.
        maxHeartbeatThrottleInterval: '2s',
        shutdownGraceTime: shutdownGraceMs,
      }),
    ];
    return superviseWorkers(workers, {
      beforeShutdown: () => deps.rateLimiter.stop(),
      closings: [() => connection.close(), () => deps.gateway.close()],
    });
  } catch (error) {
    // A worker that was made and never run keeps its hold of the connection: that must not hide what went wrong.
    await connection.close().catch(() => undefined);
    throw error;
  }
}
