/*
 * The speed and memory of `cardlift validate`, in its own process, compared with csv-parse alone in
 * the same run. The ratio depends less on the machine and its load; rows per second of CPU time are
 * less disturbed by neighbours than rows per second of wall time. The start-up time (a file with
 * one row) is subtracted.
 *
 *   npm run bench:validate [-- ROWS …]        (default: 10,000 and 1,000,000)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'csv-stringify';
import { generateSampleRows, sampleColumns } from '../../src/simulator/sample-rows.ts';
import { describeMachine, formatMachine } from '../support/machine.ts';
import { writeReport } from '../support/report.ts';
import { formatTable } from '../support/table.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 1_000_000];
/** The fastest of three runs counts, because disturbances only slow a run down. */
const repetitions = 3;

interface Usage {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMb: number;
}

/** Loaded before a process's own code; reports its resource usage at the end. */
const meter = `data:text/javascript,${encodeURIComponent(`
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    const usage = { wallS: performance.now() / 1e3, cpuS: (user + system) / 1e6, peakMb: process.resourceUsage().maxRSS / 1024 };
    process.stderr.write('\\nusage ' + JSON.stringify(usage) + '\\n');
  });
`)}`;

async function measure(script: string, args: readonly string[]): Promise<Usage> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--import', meter, script, ...args], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let reported = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    reported += text;
  });
  await once(child, 'close');
  const usage = /^usage (.*)$/m.exec(reported)?.[1];
  if (usage === undefined || child.exitCode !== 0) throw new Error(`${script} failed: ${reported}`);
  return JSON.parse(usage) as Usage;
}

async function measureBest(script: string, args: readonly string[]): Promise<Usage> {
  const runs: Usage[] = [];
  for (let run = 0; run < repetitions; run += 1) runs.push(await measure(script, args));
  const least = (key: keyof Usage): number => Math.min(...runs.map((usage) => usage[key]));
  return { wallS: least('wallS'), cpuS: least('cpuS'), peakMb: least('peakMb') };
}

async function writeSample(path: string, rows: number): Promise<void> {
  const sample = generateSampleRows({ rows, seed: 1, expiryYear: new Date().getFullYear() + 2 });
  await pipeline(
    Readable.from(sample),
    stringify({ header: true, columns: [...sampleColumns] }),
    createWriteStream(path),
  );
}

const ways = [
  { name: 'csv-parse alone', script: 'bench/validate/csv-parse-alone.ts', args: (file: string) => [file] },
  { name: 'cardlift validate', script: 'src/starter.ts', args: (file: string) => ['validate', file] },
] as const;

const machine = describeMachine();
const folder = await mkdtemp(join(tmpdir(), 'cardlift-bench-'));
try {
  const files = new Map<number, string>();
  for (const rows of [1, ...sizes]) {
    const path = join(folder, `${rows}.csv`);
    await writeSample(path, rows);
    files.set(rows, path);
  }
  const figures = [];
  for (const { name, script, args } of ways) {
    const start = await measureBest(script, args(files.get(1) ?? ''));
    for (const rows of sizes) {
      const usage = await measureBest(script, args(files.get(rows) ?? ''));
      figures.push({
        name,
        rows,
        rowsPerS: rows / (usage.wallS - start.wallS),
        rowsPerCpuS: rows / (usage.cpuS - start.cpuS),
        peakMb: usage.peakMb,
        startMb: start.peakMb,
      });
    }
  }
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  const table = formatTable(
    ['', 'rows', 'rows/s', 'rows/s of CPU time', 'peak MB', 'bytes a row beyond start'],
    figures.map((figure) => [
      figure.name,
      whole(figure.rows),
      whole(figure.rowsPerS),
      whole(figure.rowsPerCpuS),
      figure.peakMb.toFixed(0),
      whole(((figure.peakMb - figure.startMb) * 2 ** 20) / figure.rows),
    ]),
  );
  const [json] = await writeReport(
    { name: 'validate', data: { machine, figures }, plots: {} },
    join(project, '.bench'),
  );
  process.stdout.write(`${formatMachine(machine)}\n\n${table}\n\nWritten: ${json}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
