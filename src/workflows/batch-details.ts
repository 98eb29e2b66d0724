import { type OutcomeCounts, rowOutcomes } from '../contract/outcome.ts';
import type { BatchProgress } from '../contract/workflows.ts';
import { totalOf } from '../domain/tally.ts';

/** What the batch's page in the Temporal UI says of its state, as Markdown. `nowMs` is the workflow's own clock. */
export function describeBatch(batchId: string, progress: BatchProgress, nowMs: number): string {
  const done = totalOf(progress.counts);
  const elapsedS = Math.max(1, (nowMs - progress.startedAtMs) / 1000);
  const perS = done / elapsedS;
  const leftS = perS > 0 ? Math.round((progress.rows - done) / perS) : undefined;
  const percent = progress.rows === 0 ? 0 : Math.floor((done * 100) / progress.rows);
  const isSending = progress.phase === 'sending';
  const lines = [
    '| | |',
    '|---|---|',
    `| Phase | **${progress.phase.replace('_', ' ')}** |`,
    `| Rows | ${done} of ${progress.rows} (${percent} %) |`,
    ...outcomeLines(progress.counts),
    `| Shards | ${progress.closedShards} closed, ${progress.runningShards.length} running, of ${progress.shards} |`,
    `| Pace | ${perS.toFixed(1)} rows/s so far; limit ${progress.ratePerS ?? 'none'} |`,
    ...(isSending && leftS !== undefined ? [`| Ends in about | ${formatDuration(leftS)} |`] : []),
  ];
  if (progress.phase === 'paused') {
    lines.push('', `Paused by an operator. Go on with \`cardlift resume ${batchId}\`.`);
  }
  if (progress.hold !== undefined) {
    lines.push(
      '',
      `**On hold: ${progress.hold.text}** (${progress.hold.code}, ${progress.hold.count})`,
      '',
      `Mend the cause, then \`cardlift resume ${batchId}\`; or end the batch with \`cardlift cancel ${batchId}\`.`,
    );
  }
  return lines.join('\n');
}

function outcomeLines(counts: OutcomeCounts): string[] {
  return rowOutcomes.flatMap((outcome) => {
    const count = counts[outcome];
    return count === undefined ? [] : [`| ${outcome} | ${count} |`];
  });
}

function formatDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0
    ? `${hours} h ${minutes} min`
    : minutes > 0
      ? `${minutes} min ${seconds % 60} s`
      : `${seconds} s`;
}
