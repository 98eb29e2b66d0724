/* Watches a batch until it ends, holds, or the operator goes away. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { HoldReason } from '../contract/hold.ts';
import { totalOf } from '../domain/tally.ts';
import { NoWorkerError, readBatchStatus, readProgress } from '../temporal/batch-client.ts';
import { describeProgress, drawProgress, PaceMeter } from './progress-text.ts';
import type { Terminal } from './terminal.ts';

export type FollowEnd =
  | {
      readonly kind: 'closed';
      readonly status: 'completed' | 'cancelled' | 'failed' | 'terminated' | 'absent';
    }
  | { readonly kind: 'on_hold'; readonly hold: HoldReason }
  | { readonly kind: 'interrupted' };

/** Often enough for a bar that moves, seldom enough to cost the batch nothing that is felt. */
const lookEveryMs = 1_000;
/** Piped, a line each time the phase changes, and else this often. */
const lineEveryMs = 10_000;

export interface FollowInput {
  readonly client: Client;
  readonly batchId: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
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

async function follow({ client, batchId, terminal, signal }: FollowInput): Promise<FollowEnd> {
  const pace = new PaceMeter();
  const closed = waitForClose(client, batchId, signal);
  let lastLine = { phase: '', atMs: 0 };
  let isSilent = false;
  for (;;) {
    const end = await Promise.race([closed, pause(lookEveryMs, signal)]);
    if (end !== undefined) return end;
    try {
      const progress = await readProgress(client, batchId);
      const now = Date.now();
      const rowsPerS = pace.see(totalOf(progress.counts), now);
      terminal.paint(drawProgress(progress, rowsPerS, terminal.columns));
      if (progress.hold !== undefined) return { kind: 'on_hold', hold: progress.hold };
      if (
        !terminal.isInteractive &&
        (progress.phase !== lastLine.phase || now - lastLine.atMs >= lineEveryMs)
      ) {
        terminal.tell(describeProgress(progress, rowsPerS));
        lastLine = { phase: progress.phase, atMs: now };
      }
      isSilent = false;
    } catch (error) {
      if (signal.aborted) return { kind: 'interrupted' };
      // A worker that is busy or on its way answers the next time; the end is told by Temporal itself.
      if (error instanceof NoWorkerError && !isSilent) {
        terminal.tell('No worker answers at the moment; looking again …');
        isSilent = true;
      }
    }
  }
}

async function waitForClose(client: Client, batchId: string, signal: AbortSignal): Promise<FollowEnd> {
  while (!signal.aborted) {
    try {
      const status = await readBatchStatus(client, batchId);
      if (status !== 'running') return { kind: 'closed', status };
    } catch (error) {
      if (signal.aborted) break;
      // Temporal may be restarting; a command that follows waits for it.
      void error;
    }
    await pause(lookEveryMs / 2, signal);
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
