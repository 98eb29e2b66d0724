/* Runs the workers of a process as one: where one of them fails the other is ended too, and what they used is closed. */
import type { Worker } from '@temporalio/worker';

export interface RunningWorker {
  /** Settles when the worker has stopped; rejects where it failed. */
  readonly stopped: Promise<void>;
  /** Takes no more work, ends the rows under way, and stops. */
  stop(): Promise<void>;
}

type SupervisedWorker = Pick<Worker, 'run' | 'shutdown' | 'getState'>;

export interface Supervision {
  /** Called before the workers are told to stop. */
  readonly beforeShutdown: () => void;
  /** Called one after another once no worker runs any more, each of them even where one before it failed. */
  readonly closings: readonly (() => Promise<void>)[];
}

/** Runs the workers. The first failure is the one that `stopped` rejects with: a worker's before that of a closing. */
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
    // A connection can only be closed once every worker has let go of it.
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
