import type { HoldCode } from '../contract/hold.ts';
import { type OutcomeCounts, rowOutcomes } from '../contract/outcome.ts';
import type { BatchProgress } from '../contract/workflows.ts';
import { adviceOf } from '../domain/hold-advice.ts';
import { formatWindow } from '../domain/send-window.ts';
import { totalOf } from '../domain/tally.ts';

/**
 * What the batch's page in the Temporal UI says of its state, as Markdown. `nowMs` is the
 * workflow's own clock.
 */
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
    `| Phase | **${progress.phase.replaceAll('_', ' ')}** |`,
    `| Rows | ${done} of ${progress.rows} (${percent} %) |`,
    ...outcomeLines(progress.counts),
    `| Shards | ${progress.closedShards} closed, ${progress.runningShards.length} running, of ${progress.shards} |`,
    `| Rate | ${perS.toFixed(1)} rows/s so far; limit ${progress.ratePerS ?? 'none'} |`,
    ...(isSending && leftS !== undefined ? [`| Time left | about ${formatDuration(leftS)} |`] : []),
  ];
  if (progress.phase === 'waiting_for_window' && progress.window?.changesAtMs !== undefined) {
    const { changesAtMs } = progress.window;
    lines.push('', `Sends only during ${formatWindow(progress.window)}. Opens ${toIso(changesAtMs)}.`);
  }
  if (progress.phase === 'paused') {
    lines.push('', `Paused by an operator. To resume: \`cardlift resume ${batchId}\`.`);
  }
  if (progress.hold !== undefined) {
    const { code, count, text } = progress.hold;
    lines.push('', `**On hold: ${text}** (${code}, ${count})`, '', `${nextStepsOf(code, batchId)}.`);
  }
  return lines.join('\n');
}

function nextStepsOf(code: HoldCode, batchId: string): string {
  const { goOn, first } = adviceOf(code);
  const cancel = `\`cardlift cancel ${batchId}\``;
  switch (goOn) {
    case 'never':
      return `${first}: ${cancel}`;
    case 'approve':
      return `${first}. To send the remaining rows: \`cardlift approve ${batchId}\`. To cancel: ${cancel}`;
    case 'resume':
      return code === 'tolerance_passed'
        ? `${first}. To resume: \`cardlift resume ${batchId}\`. To allow more first: \`cardlift set-tolerance ${batchId} PERCENT\`. To cancel: ${cancel}`
        : `${first}. Then resume: \`cardlift resume ${batchId}\`. To cancel: ${cancel}`;
  }
}

const toIso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

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
