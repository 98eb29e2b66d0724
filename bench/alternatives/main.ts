/*
 * `npm run bench:alternatives`: Cardlift and four alternatives do the same work, on the same rows
 * and against the same simulator, each killed once in the middle. Prints a table, writes JSON and
 * SVG.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { writeSampleFile } from '../../test/support/sample-file.ts';
import { buildCardlift, prepare, project } from '../support/cardlift.ts';
import { describeMachine, formatMachine } from '../support/machine.ts';
import { parseNumbers, parseWhole } from '../support/numbers.ts';
import { resultsFolder, writeReport } from '../support/report.ts';
import { contenders, countLines } from './contender.ts';
import { runRace } from './race.ts';
import { drawRaces, formatRaces, type RaceLine } from './report.ts';
import { hasRedis } from './services.ts';

const options = new Command('bench:alternatives')
  .option('--rows <n>', 'rows of the file', parseWhole, 5_000)
  .option('--limits <list>', 'the gateway’s limits, requests a second; 0 for none', parseNumbers, [100, 0])
  .option('--only <parts>', 'only the contenders whose name has one of these in it, e.g. cardlift,bull')
  .option('--add', 'keep what an earlier run measured of others, or at other limits, in the folder')
  .option('--concurrency <n>', 'concurrent requests, for all', parseWhole, 100)
  .option('--out <folder>', 'where JSON and SVG go', resultsFolder)
  .parse()
  .opts<{ rows: number; limits: number[]; only?: string; add?: true; concurrency: number; out: string }>();

const latencyMs = 120;
/** Short, so that a hang costs seconds. The same for all. */
const timeoutMs = 5_000;
/** The faults of a bad day: half of the HTTP 500s hide a charge. */
const faults = {
  'drop-after': 0.005,
  hang: 0.005,
  'error-after': 0.0025,
  'error-before': 0.0025,
  'status-503-retry': 0.01,
  'declined-soft': 0.02,
};

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const wanted = (options.only ?? '').toLowerCase().split(',');
const chosen = contenders.filter(({ name }) => wanted.some((part) => name.toLowerCase().includes(part)));

if (chosen.length === 0) {
  print(`Unknown contender. Choose from: ${contenders.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
if (chosen.some(({ service }) => service === 'redis') && !hasRedis()) {
  print('Cannot run BullMQ: redis-server is not installed (apt-get install redis-server)');
  process.exit(2);
}
const peersFolder = join(project, 'bench/peers');
if (!existsSync(join(peersFolder, 'node_modules'))) prepare('npm', ['ci'], peersFolder);
buildCardlift();

/** Adds the lines of an earlier run with the same setting that this run does not repeat. */
async function addEarlier(setting: object, lines: readonly RaceLine[]): Promise<RaceLine[]> {
  const file = join(options.out, 'alternatives.json');
  const earlier = options.add === true && existsSync(file) ? await readFile(file, 'utf8') : '{}';
  const found = JSON.parse(earlier) as { setting?: object; races?: RaceLine[] };
  const isSame = JSON.stringify(found.setting) === JSON.stringify(setting);
  const kept = (isSame ? (found.races ?? []) : []).filter(
    (old) => !lines.some(({ name, ratePerS }) => name === old.name && ratePerS === old.ratePerS),
  );
  const placeOf = ({ name }: RaceLine): number =>
    contenders.findIndex((contender) => contender.name === name);
  const limitOf = ({ ratePerS }: RaceLine): number => (ratePerS === 0 ? Number.MAX_SAFE_INTEGER : ratePerS);
  return [...kept, ...lines].sort((a, b) => limitOf(a) - limitOf(b) || placeOf(a) - placeOf(b));
}

const machine = describeMachine();
print(formatMachine(machine));
const folder = await mkdtemp(join(tmpdir(), 'cardlift-bench-rows-'));
try {
  const file = await writeSampleFile(folder, options.rows);
  const lines: RaceLine[] = [];
  for (const ratePerS of options.limits) {
    for (const contender of chosen) {
      const race = await runRace({
        ...{ contender, file, ratePerS, latencyMs, timeoutMs, faults },
        concurrency: options.concurrency,
      });
      const line = { ...race, lines: await countLines(contender) };
      lines.push(line);
      print(`${formatRaces([line])}\n`);
    }
  }
  const setting = { rows: options.rows, concurrency: options.concurrency, latencyMs, timeoutMs, faults };
  const races = await addEarlier(setting, lines);
  print(formatRaces(races));
  const files = await writeReport(
    { name: 'alternatives', data: { machine, setting, races }, plots: drawRaces(races) },
    options.out,
  );
  print(`\nWritten: ${files.join(', ')}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
