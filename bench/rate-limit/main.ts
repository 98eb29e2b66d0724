/*
 * `npm run bench:pace`: requests per second against the limit, by the clock of a simulated gateway
 * in its own process: for 1, 2 and 5 workers, for Temporal's own limiter, after set-rate, for two
 * batches under one limit, and for a gateway that accepts half of what it is sent. Prints tables,
 * writes JSON and SVG.
 */
import { Command, InvalidArgumentError } from 'commander';
import { describeMachine, formatMachine } from '../support/machine.ts';
import { drawLines } from '../support/plot.ts';
import { resultsFolder, writeReport } from '../support/report.ts';
import { formatTable } from '../support/table.ts';
import { type BackOffFigures, measureBackOff } from './back-off.ts';
import { type Change, measureChange } from './change.ts';
import { type Fairness, measureFairness } from './fairness.ts';
import { type LimitLine, measureLimit } from './limits.ts';
import { measurePlain } from './plain.ts';
import { onStage } from './stage.ts';

const parts = ['limits', 'plain', 'change', 'fairness', 'back-off'] as const;
type Part = (typeof parts)[number];

const parseNumbers = (text: string): number[] => {
  if (!/^[1-9]\d{0,3}(,[1-9]\d{0,3})*$/.test(text))
    throw new InvalidArgumentError('Give numbers such as 1,2,5.');
  return text.split(',').map(Number);
};
const parseSeconds = (text: string): number => {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(text);
};
const parseParts = (text: string): Part[] =>
  text.split(',').map((name) => {
    const part = parts.find((known) => known === name);
    if (part === undefined) throw new InvalidArgumentError(`Give some of ${parts.join(',')}.`);
    return part;
  });

const options = new Command('bench:pace')
  .option('--parts <list>', 'what is measured', parseParts, [...parts])
  .option('--workers <list>', 'worker processes', parseNumbers, [1, 2, 5])
  .option('--limits <list>', 'requests a second', parseNumbers, [5, 50, 200])
  .option('--seconds <n>', 'how long each limit is measured', parseSeconds, 60)
  .option('--out <folder>', 'where JSON and SVG go', resultsFolder)
  .parse()
  .opts<{ parts: Part[]; workers: number[]; limits: number[]; seconds: number; out: string }>();

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const has = (part: Part): boolean => options.parts.includes(part);

function formatLines(lines: readonly (LimitLine & { readonly name: string })[]): string {
  return formatTable(
    ['', 'workers', 'limit/s', 'worst second', 'mean from second 2', 'from second 6', '429s', 'requests'],
    lines.map(({ name, workers, limitPerS, worstSecond, meanShare, settledShare, answers429, requests }) => [
      name,
      String(workers),
      String(limitPerS),
      String(worstSecond),
      percent(meanShare),
      percent(settledShare),
      String(answers429),
      String(requests),
    ]),
  );
}

const machine = describeMachine();
print(formatMachine(machine));
const lines: (LimitLine & { readonly name: string })[] = [];
let change: Change | undefined;
let fairness: Fairness | undefined;
let backOff: BackOffFigures | undefined;
const plots: Record<string, string> = {};

await onStage(async (stage) => {
  for (const limitPerS of has('limits') ? options.limits : []) {
    for (const workers of options.workers) {
      lines.push({ name: 'Cardlift', ...(await measureLimit(stage, workers, limitPerS, options.seconds)) });
      print(formatLines(lines.slice(-1)));
    }
  }
  if (has('plain')) {
    lines.push({ name: 'Temporal, plain', ...(await measurePlain(stage, 50, options.seconds)) });
  }
  if (lines.length > 0) print(`\n${formatLines(lines)}`);
  const drawn = lines.filter(({ limitPerS }) => limitPerS === 50);
  if (drawn.length > 0) {
    plots.limit = drawLines({
      title: 'Requests a second under a limit of 50',
      xLabel: 'seconds since the first request',
      yLabel: 'requests/s, by half second',
      series: drawn.map(({ name, workers, timeline }) => ({
        name: name === 'Cardlift' ? `Cardlift, ${workers} workers` : 'maxTaskQueueActivitiesPerSecond',
        points: timeline,
      })),
      mark: { name: 'the limit', y: 50 },
    });
  }
  if (has('change')) {
    change = await measureChange(stage, 2);
    const rows = change.steps.map(({ ratePerS, settledAfterMs, worstSecond }) => [
      `set-rate ${ratePerS}`,
      settledAfterMs === null ? 'never' : `${(settledAfterMs / 1_000).toFixed(2)} s`,
      String(worstSecond),
    ]);
    print(`\n${formatTable(['', 'settled after', 'worst second after 2 s'], rows)}`);
    plots.change = drawLines({
      title: 'set-rate 50, 100, 20 while the batch runs',
      xLabel: 'seconds since the first request',
      yLabel: 'requests/s, by half second',
      series: [{ name: 'Cardlift, 2 workers', points: change.timeline }],
    });
  }
  if (has('fairness')) {
    fairness = await measureFairness(stage);
    const { limitPerS, smallRows, largeRows, aloneS, besideS } = fairness;
    print(
      `\n${smallRows} rows under an account limit of ${limitPerS}/s: ${aloneS.toFixed(1)} s alone, ${besideS.toFixed(1)} s beside ${largeRows} rows of another batch`,
    );
  }
  if (has('back-off')) {
    backOff = await measureBackOff(stage, 2);
    const { configuredPerS, limitPerS, acceptedShare, refusedShare, refusedShareOfAll } = backOff;
    print(
      `\nConfigured ${configuredPerS}/s, the gateway accepts ${limitPerS}/s: ${percent(acceptedShare)} of it used, ${percent(refusedShare)} answered 429 once settled (${percent(refusedShareOfAll)} of all)`,
    );
    plots['back-off'] = drawLines({
      title: 'A gateway that accepts half of the configured rate',
      xLabel: 'seconds since the first request',
      yLabel: 'requests/s, by half second',
      series: [{ name: 'Cardlift, 2 workers', points: backOff.timeline }],
      mark: { name: 'what the gateway accepts', y: limitPerS },
    });
  }
});
const data = { machine, seconds: options.seconds, limits: lines, change, fairness, backOff };
const files = await writeReport({ name: 'rate-limit', data, plots }, options.out);
print(`\nWritten: ${files.join(', ')}`);
