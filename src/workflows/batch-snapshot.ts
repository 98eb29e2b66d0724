/* What others get to see of a batch's state: who asks for its progress, and the workflow's next run. */

import type { BatchProgress, CarriedBatch, MigrateBatchInput } from '../contract/workflows.ts';
import { concurrencyOf } from '../domain/concurrency.ts';
import { definedOf } from '../domain/defined.ts';
import type { BatchState } from './batch-state.ts';

/** What the batch says of itself. */
export function progressOf(state: BatchState, { pass, window }: MigrateBatchInput): BatchProgress {
  const { ratePerS } = state.limits;
  return {
    phase: state.phase,
    pass,
    rows: state.rows,
    sendableRows: state.sendableRows,
    counts: state.counts,
    closedCounts: state.closedCounts,
    shards: state.shards,
    closedShards: state.closedShards,
    runningShards: [...state.running.keys()],
    startedAtMs: state.startedAtMs,
    concurrency: concurrencyOf(state.limits),
    ...definedOf({ ratePerS, limitsChange: state.limitsChange, hold: state.hold }),
    ...(window === undefined ? {} : { window: { ...window, isOpen: false, ...state.window } }),
    ...definedOf({ canaryRows: state.canaryRows }),
    tolerancePercent: state.tolerance.percent,
  };
}

/** What the workflow's next run goes on with; no shard runs at that time. */
export function carriedOf(state: BatchState): CarriedBatch {
  return {
    startedAtMs: state.startedAtMs,
    rows: state.rows,
    sendableRows: state.sendableRows,
    shards: state.shards,
    nextShard: state.nextShard,
    ...definedOf({ shardRuns: state.shardRuns }),
    counts: state.closedCounts,
    isProbeAnswered: state.isProbeAnswered,
    isPaused: state.isPaused,
    holdGeneration: state.holdGeneration,
    ...definedOf({
      limitsChange: state.limitsChange,
      effectiveConcurrency: state.effectiveConcurrency,
      hold: state.hold,
      canaryRows: state.canaryRows,
    }),
    tolerancePercent: state.tolerance.percent,
    toleratedFrom: state.tolerance.base,
  };
}
