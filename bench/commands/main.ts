/*
 * How long an operator waits: for a short command, compared with a Node that does nothing; for the
 * first request of `run`, from the confirmation on; and for the next request of a batch whose
 * process was killed, from the start of the next process on. Medians, since neighbours disturb.
 *
 *   npm run bench:commands [-- RUNS]        (default: 9)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type CardliftSite, createCardliftSite } from '../../test/support/cardlift-process.ts';
import { writeSampleFile } from '../../test/support/sample-file.ts';
import { type SimulatorProcess, startSimulatorProcess } from '../../test/support/simulator-process.ts';
import { buildCardlift, project } from '../support/cardlift.ts';
import { describeMachine, formatMachine } from '../support/machine.ts';
import { medianOf, parseWhole } from '../support/numbers.ts';
import { formatTable } from '../support/table.ts';

const runs = parseWhole(process.argv[2] ?? '9');
/** A start of a batch takes seconds, so it is repeated less often. */
const batchRuns = Math.ceil(runs / 3);
/** An operator reads what would be charged before they answer. */
const readingMs = 3_000;

const program = ['dist/starter.js'];
const write = (text: string): void => void process.stdout.write(`${text}\n`);
const figure = (value: number): string => value.toFixed(2);

/** The seconds that a command takes. Throws if it fails. */
async function timeOf(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(command, args, { cwd: project, env: { ...process.env, ...env }, stdio: 'ignore' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}`);
  return (performance.now() - startedMs) / 1_000;
}

/** Waits until the gateway has received more requests than before. */
async function waitForRequest(simulator: SimulatorProcess, before: number): Promise<void> {
  while ((await simulator.stats()).requests <= before) await delay(5);
}

/** Measures each command in turns, so that a disturbance affects all of them. */
async function measureShort(site: CardliftSite, batch: string): Promise<void> {
  const env = {
    CARDLIFT_HOME: site.home,
    CARDLIFT_STORAGE: site.storageFolder,
    CARDLIFT_KEY_FILE: join(site.folder, 'keys', 'key.json'),
  };
  const node = process.execPath;
  const commands: readonly (readonly [string, string, readonly string[]])[] = [
    ['node -e 0', node, ['-e', '0']],
    ...[['--help'], ['list'], ['status', batch], ['show', batch, '--row', '1']].map(
      (line) => [`cardlift ${line[0]}`, node, [...program, ...line]] as const,
    ),
    ['npm run -s cardlift -- list', 'npm', ['run', '-s', 'cardlift', '--', 'list']],
  ];
  const times = new Map(commands.map(([name]) => [name, [] as number[]]));
  for (let run = 0; run < runs; run += 1) {
    for (const [name, command, args] of commands) times.get(name)?.push(await timeOf(command, args, env));
  }
  const bare = medianOf(times.get('node -e 0') ?? []);
  const rows = [...times].map(([name, all]) => [
    name,
    figure(medianOf(all)),
    figure(Math.min(...all)),
    figure(medianOf(all) / bare),
  ]);
  write(`\n${formatTable(['command', 'median s', 'least s', 'of node -e 0'], rows)}`);
}

/** Seconds from the confirmation to the first request, with an embedded Temporal that must start. */
async function timeFirstRequest(simulator: SimulatorProcess, rows: number, waitMs: number): Promise<number> {
  const site = await createCardliftSite({ baseUrl: simulator.baseUrl, isBuilt: true });
  try {
    const file = await writeSampleFile(site.folder, rows);
    const { requests } = await simulator.stats();
    const run = site.startOnTerminal(['run', file.path, '--merchant-id', site.merchantId]);
    await run.waitForLine(/Start the batch\?/);
    await delay(waitMs);
    const confirmedMs = performance.now();
    run.type('y\r');
    await waitForRequest(simulator, requests);
    return (performance.now() - confirmedMs) / 1_000;
  } finally {
    await site.remove();
  }
}

/** Seconds from the start of the next process to its first request, after a kill -9 in mid-batch. */
async function timeAfterKill(simulator: SimulatorProcess): Promise<number> {
  const site = await createCardliftSite({ baseUrl: simulator.baseUrl, isBuilt: true });
  try {
    const file = await writeSampleFile(site.folder, 2_000);
    const begin = (await simulator.stats()).requests;
    const first = site.startRun(file.path, ['--concurrency', '8']);
    await waitForRequest(simulator, begin + 50);
    await first.kill();
    const { requests } = await simulator.stats();
    const startedMs = performance.now();
    site.startRun(file.path, ['--concurrency', '8']);
    await waitForRequest(simulator, requests);
    return (performance.now() - startedMs) / 1_000;
  } finally {
    await site.remove();
  }
}

async function repeat(measure: () => Promise<number>): Promise<string[]> {
  const all: number[] = [];
  for (let run = 0; run < batchRuns; run += 1) all.push(await measure());
  return [figure(medianOf(all)), figure(Math.min(...all))];
}

buildCardlift();
write(formatMachine(describeMachine()));
const simulator = await startSimulatorProcess({ settings: { latencyMs: 50 } });
try {
  const site = await createCardliftSite({ baseUrl: simulator.baseUrl, isBuilt: true });
  try {
    const file = await writeSampleFile(site.folder, 30);
    const ended = await site.startRun(file.path, ['--batch', 'bench']).exited;
    if (ended.code !== 0) throw new Error(ended.stderr);
    await measureShort(site, 'bench');
  } finally {
    await site.remove();
  }
  const rows = [
    ['run, 300 rows, confirmed at once', ...(await repeat(() => timeFirstRequest(simulator, 300, 0)))],
    ['run, 300 rows', ...(await repeat(() => timeFirstRequest(simulator, 300, readingMs)))],
    ['run, 100,000 rows', ...(await repeat(() => timeFirstRequest(simulator, 100_000, readingMs)))],
    ['run again, after kill -9', ...(await repeat(() => timeAfterKill(simulator)))],
  ];
  write(`\n${formatTable(['to the next request', 'median s', 'least s'], rows)}`);
} finally {
  await simulator.stop();
}
