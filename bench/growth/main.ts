/*
 * `npm run bench:growth`: does a batch ten times as large cost ten times as much? Measures speed
 * and memory in steady state, and the cost of a row in Temporal. Reads /proc, so Linux only.
 */
import { Command } from 'commander';
import { buildCardlift } from '../support/cardlift.ts';
import { describeMachine, formatMachine } from '../support/machine.ts';
import { parseNumbers, parseWhole } from '../support/numbers.ts';
import { drawLines, type Series } from '../support/plot.ts';
import { resultsFolder, writeReport } from '../support/report.ts';
import { formatTable } from '../support/table.ts';
import { type Growth, measureGrowth, type Sample } from './measure.ts';

const options = new Command('bench:growth')
  .option('--rows <list>', 'sizes of the batches, in rows', parseNumbers, [10_000, 100_000])
  .option('--concurrency <n>', 'concurrent requests', parseWhole, 200)
  .option('--latency <ms>', 'how long the simulated gateway takes', parseWhole, 100)
  .option('--out <folder>', 'where JSON and SVG go', resultsFolder)
  .parse()
  .opts<{ rows: number[]; concurrency: number; latency: number; out: string }>();

const print = (text: string): void => void process.stdout.write(`${text}\n`);
/** Long enough that a pause of the machine does not look like a change of speed. */
const smoothedS = 10;

function formatGrowth(all: readonly Growth[]): string {
  const figures: [string, (growth: Growth) => number, number][] = [
    ['rows/s in steady state', (growth) => growth.steadyRowsPerS, 0],
    ['worker, MB resident', (growth) => growth.workerMb, 0],
    ['Temporal server, MB resident', (growth) => growth.serverMb, 0],
    ['events a row', (growth) => growth.eventsPerRow, 2],
    ['bytes of history a row', (growth) => growth.bytesPerRow, 0],
    ['billable actions a row', (growth) => growth.actionsPerRow, 3],
    ['seconds to the first request', (growth) => growth.firstRequestS, 1],
    ['seconds in all', (growth) => growth.wholeS, 0],
  ];
  const last = all.at(-1);
  const columns = ['', ...all.map(({ rows }) => `${rows.toLocaleString('en')} rows`), 'last to first'];
  return formatTable(
    columns,
    figures.map(([name, read, digits]) => [
      name,
      ...all.map((growth) => read(growth).toFixed(digits)),
      last === undefined || all[0] === undefined ? '' : (read(last) / read(all[0])).toFixed(2),
    ]),
  );
}

/** Plots a figure against the share of rows sent. */
function drawByProgress(
  title: string,
  yLabel: string,
  all: readonly Growth[],
  read: (growth: Growth) => Series[],
) {
  return drawLines({ title, xLabel: 'rows sent, %', yLabel, series: all.flatMap(read) });
}

const percentOf = ({ requests }: Sample, rows: number): number => (requests / rows) * 100;

const speedOf = ({ rows, samples }: Growth): Series => ({
  name: `${rows.toLocaleString('en')} rows`,
  points: samples.flatMap((sample): [number, number][] => {
    const earlier = samples.find(({ seconds }) => seconds >= sample.seconds - smoothedS);
    if (earlier === undefined || sample.seconds - earlier.seconds < smoothedS / 2 || earlier.requests === 0)
      return [];
    return [
      [percentOf(sample, rows), (sample.requests - earlier.requests) / (sample.seconds - earlier.seconds)],
    ];
  }),
});

const memoryOf = ({ rows, samples }: Growth): Series[] =>
  (['workerMb', 'serverMb'] as const).map((whose) => ({
    name: `${whose === 'workerMb' ? 'worker' : 'server'}, ${rows.toLocaleString('en')} rows`,
    points: samples.map((sample) => [percentOf(sample, rows), sample[whose]]),
  }));

buildCardlift();
const machine = describeMachine();
print(formatMachine(machine));
const all: Growth[] = [];
for (const rows of options.rows) {
  all.push(await measureGrowth(rows, options.concurrency, options.latency));
  print(`\n${formatGrowth(all)}`);
}
const files = await writeReport(
  {
    name: 'growth',
    data: {
      machine,
      setting: { concurrency: options.concurrency, latencyMs: options.latency },
      batches: all,
    },
    plots: {
      speed: drawByProgress('Rows per second during a batch', `over ${smoothedS} s`, all, (growth) => [
        speedOf(growth),
      ]),
      memory: drawByProgress('Resident memory during a batch', 'MB', all, memoryOf),
    },
  },
  options.out,
);
print(`\nWritten: ${files.join(', ')}`);
