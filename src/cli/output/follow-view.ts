/* What a terminal shows of a batch that is being followed. */
import type { BatchProgress } from '../../contract/workflows.ts';
import { totalOf } from '../../domain/tally.ts';
import type { FollowObserver } from '../../operations/follow/follow-batch.ts';
import type { Terminal } from '../terminal.ts';
import { describeProgress, drawProgress, ThroughputMeter } from './progress-text.ts';

/** Piped output gets a line at each change of the phase, and otherwise this often. */
const lineEveryMs = 10_000;

export interface FollowViewInput {
  readonly terminal: Terminal;
  readonly batchId: string;
  /** Why the rate is below its limit, for the progress line. */
  readonly describeSlowness?: () => Promise<string | undefined>;
  /** The batch is being cancelled, so a pause no longer matters. */
  readonly isEnding?: boolean;
}

export function createFollowView({
  terminal,
  batchId,
  describeSlowness,
  isEnding = false,
}: FollowViewInput): FollowObserver {
  const meter = new ThroughputMeter();
  let lastLine = { phase: '', atMs: 0 };
  let reportedCause: string | undefined;
  let isPaused = false;

  const reportSlowness = async (): Promise<void> => {
    const slowness = await describeSlowness?.();
    // The start of the text changes constantly, so only a new cause is reported.
    const cause = slowness?.slice(slowness.indexOf(':'));
    if (slowness !== undefined && cause !== reportedCause) terminal.report(slowness);
    reportedCause = cause ?? reportedCause;
  };
  const reportLine = (progress: BatchProgress, rowsPerS: number | undefined, nowMs: number): void => {
    if (terminal.isInteractive) return;
    if (progress.phase === lastLine.phase && nowMs - lastLine.atMs < lineEveryMs) return;
    terminal.report(describeProgress(progress, rowsPerS));
    lastLine = { phase: progress.phase, atMs: nowMs };
  };

  return {
    async onProgress(progress, isEnd) {
      const nowMs = Date.now();
      const { phase } = progress;
      const rowsPerS = meter.see(totalOf(progress.counts), nowMs);
      terminal.paint(drawProgress(progress, rowsPerS, terminal.columns));
      if (phase === 'sending') await reportSlowness();
      if (isEnd) return;
      if (phase === 'paused' && !isPaused && !isEnding) {
        terminal.report(
          `The batch is paused. To resume, from another terminal:\n  cardlift resume ${batchId}`,
        );
      }
      isPaused = phase === 'paused';
      reportLine(progress, rowsPerS, nowMs);
    },
    onSilence() {
      terminal.report('No worker is answering; retrying …');
    },
  };
}
