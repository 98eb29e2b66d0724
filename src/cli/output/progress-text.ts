import { type OutcomeCounts, rowOutcomes } from '../../contract/outcome.ts';
import type { BatchProgress } from '../../contract/workflows.ts';
import { formatWindow } from '../../domain/send-window.ts';
import { totalOf } from '../../domain/tally.ts';

const barWidth = 24;

/**
 * Measures the throughput over the last half minute. An average since the start misleads after a
 * pause.
 */
export class ThroughputMeter {
  readonly #seen: { atMs: number; rows: number }[] = [];

  /** Rows per second over the last half minute; undefined during the first second. */
  see(rows: number, atMs: number): number | undefined {
    this.#seen.push({ atMs, rows });
    while (this.#seen.length > 2 && (this.#seen[0]?.atMs ?? 0) < atMs - 30_000) this.#seen.shift();
    const first = this.#seen[0];
    return first === undefined || atMs - first.atMs < 1_000
      ? undefined
      : ((rows - first.rows) * 1000) / (atMs - first.atMs);
  }
}

/** The progress of a batch in one line. */
export function describeProgress(progress: BatchProgress, rowsPerS: number | undefined): string {
  const done = totalOf(progress.counts);
  const parts = [`${done}/${progress.rows}`, describeCounts(progress.counts)];
  if (rowsPerS !== undefined && progress.phase === 'sending') {
    parts.push(`${rowsPerS.toFixed(rowsPerS < 10 ? 1 : 0)}/s`);
    const leftS = rowsPerS > 0 ? Math.ceil((progress.rows - done) / rowsPerS) : undefined;
    if (leftS !== undefined) parts.push(`${formatSeconds(leftS)} left`);
  }
  if (progress.phase === 'waiting_for_window') parts.push(describeOpening(progress));
  return `${progress.phase.replaceAll('_', ' ')}  ${parts.filter((part) => part !== '').join('  ')}`;
}

/** `opens 2026-03-10 22:00 (22:00-06:00 Asia/Tokyo)`, in the time zone of the window. */
function describeOpening({ window }: BatchProgress): string {
  if (window?.changesAtMs === undefined) return '';
  const { timeZone, changesAtMs } = window;
  const opening = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return `opens ${opening.format(changesAtMs)} (${formatWindow(window)})`;
}

/** The same with a bar, cut to the terminal's width. */
export function drawProgress(progress: BatchProgress, rowsPerS: number | undefined, columns: number): string {
  const share = progress.rows === 0 ? 0 : totalOf(progress.counts) / progress.rows;
  const filled = Math.floor(share * barWidth);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
  return `${bar}  ${describeProgress(progress, rowsPerS)}`.slice(0, columns - 1);
}

/** `3 tokenized, 1 declined`: the outcomes that occurred. */
export function describeCounts(counts: OutcomeCounts): string {
  return rowOutcomes
    .flatMap((outcome) => {
      const count = counts[outcome];
      return count === undefined || count === 0 ? [] : [`${count} ${outcome}`];
    })
    .join(', ');
}

/** `40 s`, `12 min` or `27 h 47 min`, rounded up. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
