/* Watches a batch until it ends, holds, or the operator goes away. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { HoldReason } from '../contract/hold.ts';
import { totalOf } from '../domain/tally.ts';
import { NoWorkerError, readBatchState, readProgress } from '../temporal/batch-client.ts';
import { LookSchedule } from './look-schedule.ts';
import { describeProgress, drawProgress, ThroughputMeter } from './output/progress-text.ts';
import type { Terminal } from './terminal.ts';

export type FollowEnd =
  | {
      readonly kind: 'closed';
      readonly status: 'completed' | 'cancelled' | 'failed' | 'terminated' | 'absent';
    }
  | { readonly kind: 'on_hold'; readonly hold: HoldReason }
  | { readonly kind: 'interrupted' };

/** How often Temporal is asked what it knows of the workflow by itself: no worker is troubled, and no action billed. */
const glanceEveryMs = 500;
/** Piped, a line each time the phase changes, and else this often. */
const lineEveryMs = 10_000;

export interface FollowInput {
  readonly client: Client;
  readonly batchId: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Why the rate is slower than it might be, to be shown with the progress. */
  readonly describeSlowness?: () => Promise<string | undefined>;
  /** True for a hold that is as good as over: it is passed over. */
  readonly isStale?: (hold: HoldReason) => boolean;
}

/** Follows the batch, showing where it stands. */
export async function followBatch(input: FollowInput): Promise<FollowEnd> {
  const left = new AbortController();
  try {
    return await follow({ ...input, signal: AbortSignal.any([input.signal, left.signal]) });
  } finally {
    // Whatever still waits for the batch's end would keep the process alive.
    left.abort();
  }
}

async function follow({
  client,
  batchId,
  terminal,
  signal,
  describeSlowness,
  isStale,
}: FollowInput): Promise<FollowEnd> {
  const meter = new ThroughputMeter();
  const schedule = new LookSchedule();
  let shown: string | undefined;
  const closed = waitForClose(client, batchId, signal, (phase) => {
    shown = phase;
  });
  let lastLine = { phase: '', atMs: 0 };
  let isSilent = false;
  let reportedCause: string | undefined;
  let isPaused = false;
  for (;;) {
    const end = await Promise.race([closed, pause(glanceEveryMs, signal)]);
    if (end !== undefined) return end;
    if (!schedule.isDue(Date.now(), shown)) continue;
    try {
      const shownBefore = shown;
      const progress = await readProgress(client, batchId);
      const now = Date.now();
      const rows = totalOf(progress.counts);
      const questions = 1 + progress.runningShards.length;
      schedule.saw({ atMs: now, rows, phase: progress.phase, questions }, shownBefore);
      const rowsPerS = meter.see(rows, now);
      terminal.paint(drawProgress(progress, rowsPerS, terminal.columns));
      const slowness = progress.phase === 'sending' ? await describeSlowness?.() : undefined;
      // It changes by itself every moment; what was told is told again only when it begins anew.
      const cause = slowness?.slice(slowness.indexOf(':'));
      if (slowness !== undefined && cause !== reportedCause) terminal.report(slowness);
      reportedCause = cause ?? reportedCause;
      const { hold, phase } = progress;
      if (hold !== undefined && isStale?.(hold) !== true) return { kind: 'on_hold', hold };
      if (phase === 'paused' && !isPaused && isStale === undefined) {
        terminal.report(
          `The batch is paused. To resume, from another terminal:\n  cardlift resume ${batchId}`,
        );
      }
      isPaused = phase === 'paused';
      if (
        !terminal.isInteractive &&
        (progress.phase !== lastLine.phase || now - lastLine.atMs >= lineEveryMs)
      ) {
        terminal.report(describeProgress(progress, rowsPerS));
        lastLine = { phase: progress.phase, atMs: now };
      }
      isSilent = false;
    } catch (error) {
      if (signal.aborted) return { kind: 'interrupted' };
      // A worker that is busy or on its way answers the next time; the end is told by Temporal itself.
      if (error instanceof NoWorkerError && !isSilent) {
        terminal.report('No worker is answering; retrying …');
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
      // Temporal may be restarting; a command that follows waits for it.
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
