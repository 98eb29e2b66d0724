/*
 * `npm start`: the main job end to end on this machine. Starts the simulated gateway, runs a sample
 * file through the embedded Temporal, and compares the results with what the gateway charged.
 * Writes everything to ./demo.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { buildIfStale, project } from './fresh-build.js';

const sample = 'samples/mixed-faults.csv';

function cardlift(args: string[], environment: Record<string, string>, isQuiet: boolean): ChildProcess {
  return spawn(process.execPath, ['dist/starter.js', ...args], {
    cwd: project,
    env: { ...process.env, ...environment },
    stdio: ['inherit', isQuiet ? 'pipe' : 'inherit', 'inherit'],
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const part of child.stdout ?? []) {
    text += String(part);
    if (text.includes('\n')) break;
  }
  return text;
}

if (!buildIfStale()) process.exit(1);

/**
 * A new storage and name each time. The same file would be the same batch, a finished batch does
 * not run again, and Temporal remembers the batches of removed storages.
 */
const batchName = `mixed-faults-${new Date().toISOString().replace(/[-:]|\..*/g, '')}`;
await rm(`${project}demo/storage`, { recursive: true, force: true });
const simulator = cardlift(['simulate', '--port', '0', '--json'], {}, true);
try {
  const { base_url: baseUrl } = JSON.parse(await firstLine(simulator)) as { base_url: string };
  process.stdout.write(`Simulated gateway at ${baseUrl}. Sending ${sample} to it:\n\n`);
  const run = cardlift(
    ['run', sample, '--merchant-id', 'demo', '--batch', batchName, '--yes', '--out', 'demo/results'],
    {
      PAYMENT_OPTIONS_BASE_URL: baseUrl,
      PAYMENT_OPTIONS_AUTHORIZATION: 'Basic simulator',
      PAYMENT_OPTIONS_X_API_KEY: 'simulator',
      CARDLIFT_HOME: `${project}demo/home`,
      CARDLIFT_STORAGE: `${project}demo/storage`,
    },
    false,
  );
  const stop = (): void => void run.kill('SIGINT');
  process.on('SIGINT', stop);
  const [code] = (await once(run, 'exit')) as [number | null];
  const stats = (await (await fetch(`${baseUrl}/simulator/stats`)).json()) as {
    charges: number;
    cardsChargedTwice: number;
  };
  process.stdout.write(
    `\nThe gateway's own ledger: ${stats.charges} cards charged, ${stats.cardsChargedTwice} of them twice.\n`,
  );
  // The sample has rows that must fail, so the run exits with 1: some rows are not tokenized.
  process.exitCode = code === 1 ? 0 : (code ?? 1);
} finally {
  simulator.kill('SIGTERM');
}
