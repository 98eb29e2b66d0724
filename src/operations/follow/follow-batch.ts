/* Follows a batch until it ends, holds, or the operator leaves. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { HoldReason } from '../../contract/hold.ts';
import type { BatchProgress } from '../../contract/workflows.ts';
import { totalOf } from '../../domain/tally.ts';
import { NoWorkerError, readBatchState, readProgress } from '../../temporal/batch-client.ts';
import { LookSchedule } from './look-schedule.ts';

export type FollowEnd =
  | {
      readonly kind: 'closed';
      readonly status: 'completed' | 'cancelled' | 'failed' | 'terminated' | 'absent';
    }
  | { readonly kind: 'on_hold'; readonly hold: HoldReason }
  | { readonly kind: 'interrupted' };

/**
 * How often the workflow's description is read. Temporal answers without a worker and bills no
 * action.
 */
const glanceEveryMs = 500;

/** Receives events of the batch that is being followed. */
export interface FollowObserver {
  /** The batch was queried. `isEnd`: it holds, so following ends here. */
  onProgress(progress: BatchProgress, isEnd: boolean): Promise<void> | void;
  /** No worker answers. Called once until one does. */
  onSilence(): void;
}

export interface FollowInput {
  readonly client: Client;
  readonly batchId: string;
  readonly signal: AbortSignal;
  readonly observer: FollowObserver;
  /** True for a hold that is about to end. Following ignores it. */
  readonly isStale?: (hold: HoldReason) => boolean;
}

/** Follows the batch until it ends or holds, or the signal aborts. */
export async function followBatch(input: FollowInput): Promise<FollowEnd> {
  const left = new AbortController();
  try {
    return await follow({ ...input, signal: AbortSignal.any([input.signal, left.signal]) });
  } finally {
    // A pending wait for the batch's end would keep the process alive.
    left.abort();
  }
}

async function follow({ client, batchId, signal, observer, isStale }: FollowInput): Promise<FollowEnd> {
  const schedule = new LookSchedule();
  let shown: string | undefined;
  const closed = waitForClose(client, batchId, signal, (phase) => {
    shown = phase;
  });
  let isSilent = false;
  for (;;) {
    const end = await Promise.race([closed, pause(glanceEveryMs, signal)]);
    if (end !== undefined) return end;
    if (!schedule.isDue(Date.now(), shown)) continue;
    try {
      const shownBefore = shown;
      const progress = await readProgress(client, batchId);
      const { hold, phase } = progress;
      const rows = totalOf(progress.counts);
      const questions = 1 + progress.runningShards.length;
      schedule.saw({ atMs: Date.now(), rows, phase, questions }, shownBefore);
      const ending = hold !== undefined && isStale?.(hold) !== true ? hold : undefined;
      await observer.onProgress(progress, ending !== undefined);
      if (ending !== undefined) return { kind: 'on_hold', hold: ending };
      isSilent = false;
    } catch (error) {
      if (signal.aborted) return { kind: 'interrupted' };
      // A worker that is busy or starting answers the next query. Temporal itself reports the end.
      if (error instanceof NoWorkerError && !isSilent) {
        observer.onSilence();
        isSilent = true;
      }
    }
  }
}

async function waitForClose(
  client: Client,
  batchId: string,
  signal: AbortSignal,
  onPhase: (phase: string | undefined) => void,
): Promise<FollowEnd> {
  while (!signal.aborted) {
    try {
      const { status, phase } = await readBatchState(client, batchId);
      if (status !== 'running') return { kind: 'closed', status };
      onPhase(phase);
    } catch (error) {
      if (signal.aborted) break;
      // Temporal may be restarting. A command that follows a batch waits for it.
      void error;
    }
    await pause(glanceEveryMs, signal);
  }
  return { kind: 'interrupted' };
}

async function pause(ms: number, signal: AbortSignal): Promise<FollowEnd | undefined> {
  try {
    await delay(ms, undefined, { signal });
    return undefined;
  } catch {
    return { kind: 'interrupted' };
  }
}
