/*
 * Puts a worker together: one poller for the workflows and one for the activities, on two queues. The activities' queue is
 * separate, so that no activity is handed out past it (eager dispatch), and both carry the binding in their names.
 */
import { NativeConnection, type NativeConnectionOptions, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/create-activities.ts';
import type { ActivityDeps } from '../activities/deps.ts';
import { ForeignErrorInterceptor } from '../activities/failures.ts';
import { activityQueueOf, workflowQueueOf } from '../contract/ids.ts';
import type { Logger } from '../logger.ts';
import { installRuntime } from './runtime.ts';
import { loadWorkflowBundle } from './workflow-bundle.ts';

export interface WorkerInput {
  readonly connectionOptions: NativeConnectionOptions;
  readonly namespace: string;
  readonly deps: ActivityDeps;
  readonly logger: Logger;
  /** A worker that is told to stop waits so long for rows under way: longer than a gateway's time-out. */
  readonly shutdownGraceMs: number;
}

export interface RunningWorker {
  /** Settles when the worker has stopped; rejects where it failed. */
  readonly stopped: Promise<void>;
  /** Takes no more work, ends the rows under way, and stops. */
  stop(): Promise<void>;
}

/** More rows at once than any sensible concurrency, so that the pacer alone decides. */
const mostActivities = 2_000;

/** Starts a worker. Rejects where Temporal cannot be reached. */
export async function startWorker(input: WorkerInput): Promise<RunningWorker> {
  const { namespace, deps, logger, shutdownGraceMs } = input;
  installRuntime(logger);
  const workflowBundle = await loadWorkflowBundle(logger);
  const connection = await NativeConnection.connect(input.connectionOptions);
  try {
    const workers = [
      await Worker.create({
        connection,
        namespace,
        taskQueue: workflowQueueOf(deps.binding),
        workflowBundle,
      }),
      await Worker.create({
        connection,
        namespace,
        taskQueue: activityQueueOf(deps.binding),
        activities: { ...createActivities(deps) },
        interceptors: { activity: [() => ({ inbound: new ForeignErrorInterceptor() })] },
        maxConcurrentActivityTaskExecutions: mostActivities,
        // A row's heartbeat is how it learns that it was cancelled: the usual 30 s would make a pause slow.
        maxHeartbeatThrottleInterval: '2s',
        shutdownGraceTime: shutdownGraceMs,
      }),
    ];
    return superviseWorkers(workers, connection, deps);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function superviseWorkers(
  workers: readonly Worker[],
  connection: NativeConnection,
  deps: ActivityDeps,
): RunningWorker {
  const shutdown = (): void => {
    deps.pacer.stop();
    for (const worker of workers) {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    }
  };
  const stopped = (async () => {
    try {
      await Promise.all(
        workers.map((worker) =>
          worker.run().catch((error) => {
            shutdown();
            throw error;
          }),
        ),
      );
    } finally {
      await connection.close();
      await deps.gateway.close();
    }
  })();
  stopped.catch(() => undefined);
  return {
    stopped,
    stop() {
      shutdown();
      return stopped;
    },
  };
}
