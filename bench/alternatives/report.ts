import { drawBars, drawLines, type Series } from '../support/plot.ts';
import { formatTable } from '../support/table.ts';
import type { Race } from './race.ts';

/** A run, with the number of lines its user had to write. */
export interface RaceLine extends Race {
  readonly lines: number;
}

const columns = [
  'who, at which limit',
  'time',
  'rows/s',
  'of limit',
  'worst second',
  '429s',
  'charged twice',
  'tokens lost',
  'untold charges',
  'no result',
  'for a person',
  'lines',
  'load',
];

/** One line per run. */
export function formatRaces(lines: readonly RaceLine[]): string {
  return formatTable(
    columns,
    lines.map((line) => [
      `${line.name}, ${limitName(line)}`,
      `${line.timeS.toFixed(1)} s`,
      line.rowsPerS.toFixed(1),
      line.limitUsed === null ? '–' : `${(line.limitUsed * 100).toFixed(1)} %`,
      ...[line.worstSecond, line.answers429, line.rowsChargedTwice, line.tokensLost].map(String),
      ...[line.unreportedCharges, line.rowsWithoutResult, line.rowsForPerson, line.lines].map(String),
      line.load.toFixed(1),
    ]),
  );
}

/** Plots of requests per second for each limit, and of rows charged twice. */
export function drawRaces(lines: readonly RaceLine[]): Record<string, string> {
  const plots: Record<string, string> = {};
  for (const ratePerS of new Set(lines.map((line) => line.ratePerS))) {
    const races = lines.filter((line) => line.ratePerS === ratePerS);
    const plot = ratePerS === 0 ? 'no-limit' : `limit-${ratePerS}`;
    plots[plot] = drawLines({
      title: `Requests a second, ${ratePerS === 0 ? 'no limit' : `a limit of ${ratePerS}/s`}; each killed once`,
      xLabel: 'seconds since the start',
      yLabel: 'requests in the last second',
      series: races.map(({ name, timeline }): Series => ({ name, points: perSecond(timeline) })),
      ...(ratePerS === 0 ? {} : { mark: { name: `the limit, ${ratePerS}/s`, y: ratePerS } }),
    });
  }
  plots['charged-twice'] = drawBars({
    title: `Rows charged twice, of ${lines[0]?.rows ?? 0}`,
    unit: '',
    bars: lines.map((line) => ({
      name: `${line.name}, ${limitName(line)}`,
      value: line.rowsChargedTwice,
    })),
  });
  return plots;
}

const limitName = ({ ratePerS }: RaceLine): string => (ratePerS === 0 ? 'none' : `${ratePerS}/s`);

/** Converts a running count to a rate: for each second, the increase since the second before. */
function perSecond(timeline: Race['timeline']): [number, number][] {
  const countAt = (second: number): number => timeline.findLast(([at]) => at <= second)?.[1] ?? 0;
  const seconds = Math.ceil(timeline.at(-1)?.[0] ?? 0);
  return Array.from({ length: seconds }, (_, index) => [index + 1, countAt(index + 1) - countAt(index)]);
}
