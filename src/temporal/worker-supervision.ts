/*
 * Runs the workers of a process as one: if one fails, the other is stopped too, and their resources
 * are closed.
 */
import type { Worker } from '@temporalio/worker';

export interface RunningWorker {
  /** Resolves when the workers have stopped. Rejects if one failed. */
  readonly stopped: Promise<void>;
  /** Takes no more work, finishes in-flight rows, and stops. */
  stop(): Promise<void>;
}

type SupervisedWorker = Pick<Worker, 'run' | 'shutdown' | 'getState'>;

export interface Supervision {
  /** Called before the workers begin to shut down. */
  readonly beforeShutdown: () => void;
  /** Called in order once no worker is running; each is called even if an earlier one failed. */
  readonly closings: readonly (() => Promise<void>)[];
}

/**
 * Runs the workers. `stopped` rejects with the first failure; a worker's failure precedes that of a
 * closing.
 */
export function superviseWorkers(
  workers: readonly SupervisedWorker[],
  { beforeShutdown, closings }: Supervision,
): RunningWorker {
  const shutdown = (): void => {
    beforeShutdown();
    for (const worker of workers) {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    }
  };
  const stopped = (async () => {
    const failures: unknown[] = [];
    // A connection can be closed only after every worker has released it.
    await Promise.all(
      workers.map((worker) =>
        worker.run().catch((error) => {
          failures.push(error);
          shutdown();
        }),
      ),
    );
    for (const close of closings) await close().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
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
