/*
 * Temporal and the worker's code, made ready while an operator reads the question: each takes
 * longer than the rest of a start. Nothing is polled and nothing is sent until the worker is
 * started.
 */
import type { AppContext } from '../../app/app-context.ts';
import { loadWorker } from '../../app/worker-process.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { joinOwnTemporal } from '../batch-session.ts';

export interface EarlyEngine {
  /** The Temporal that was joined; the caller releases it. Joins it now if that failed. */
  join(): Promise<TemporalAccess>;
  /** Leaves Temporal, unless `join` was called. */
  discard(): Promise<void>;
}

/** Never fails: whatever fails is tried again by `join`, which reports it. */
export function startEarlyEngine(context: AppContext): EarlyEngine {
  // Installing a Temporal can take minutes, for which a "no" would have to wait.
  const early = joinOwnTemporal(context, { mayInstall: false }).catch(() => undefined);
  // If it cannot be loaded, the start of the worker reports it.
  void early.then(loadWorker).catch(() => undefined);
  let isTaken = false;
  return {
    async join() {
      isTaken = true;
      return (await early) ?? (await joinOwnTemporal(context));
    },
    async discard() {
      if (isTaken) return;
      isTaken = true;
      await (await early)?.release();
    },
  };
}
