/* Cardlift as an operator runs it: built, started with one command, in its own process. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from '../../scripts/fresh-build.js';

export const project = fileURLToPath(new URL('../..', import.meta.url));

/** The keys that the simulator accepts. */
export const gatewayKeys = {
  PAYMENT_OPTIONS_AUTHORIZATION: 'Basic simulator',
  PAYMENT_OPTIONS_X_API_KEY: 'simulator',
} as const;

export interface CardliftRun {
  readonly inputFile: string;
  /** Contains Temporal's data, the storage and the key. */
  readonly home: string;
  /** The results are copied here. */
  readonly outFolder: string;
  /** Receives the process's output. */
  readonly logFile: string;
  readonly baseUrl: string;
  /** Requests per second; 0 for no limit. */
  readonly ratePerS: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly environment?: Readonly<Record<string, string>>;
}

const children = new Set<ChildProcess>();

/** Runs a preparatory command. Throws if it fails. */
export function prepare(command: string, args: readonly string[], folder: string): void {
  const { status } = spawnSync(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`Cannot prepare the bench: ${command} ${args.join(' ')} failed`);
}

/** Builds the program as in the package, unless that is done. */
export function buildCardlift(): void {
  if (!buildIfStale()) throw new Error('Cannot prepare the bench: the program cannot be built');
}

/** Starts `cardlift run`. A second start continues where the first stopped. */
export function startCardlift(run: CardliftRun): ChildProcess {
  return startLogged(
    run.logFile,
    [
      join(project, 'dist/starter.js'),
      ...['run', run.inputFile, '--merchant-id', 'bench', '--batch', 'bench', '--yes', '--json'],
      ...['--out', run.outFolder, '--concurrency', String(run.concurrency)],
      ...['--rate', run.ratePerS === 0 ? 'none' : String(run.ratePerS)],
    ],
    {
      CARDLIFT_HOME: run.home,
      PAYMENT_OPTIONS_BASE_URL: run.baseUrl,
      PAYMENT_OPTIONS_TIMEOUT_MS: String(run.timeoutMs),
      ...run.environment,
    },
  );
}

/** Starts a Node program from the project's folder and appends its output to a file. */
export function startLogged(
  logFile: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, args, {
    cwd: project,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...gatewayKeys, ...environment },
  });
  closeSync(log);
  killAtExit(child);
  return child;
}

/** Ensures that the child does not outlive a bench that fails or is interrupted. */
export function killAtExit(child: ChildProcess): void {
  if (children.size === 0) {
    process.on('exit', () => {
      for (const living of children) living.kill('SIGKILL');
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  }
  children.add(child);
}
