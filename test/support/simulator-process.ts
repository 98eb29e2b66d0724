import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LedgerReport } from '../../src/simulator/control.ts';
import type { Arrivals } from '../../src/simulator/request-window.ts';
import type { SimulatorOptions, SimulatorSettings } from '../../src/simulator/settings.ts';
import type { SimulatorStats } from '../../src/simulator/statistics.ts';

/** A simulator in its own process. */
export interface SimulatorProcess {
  /** Stays the same across restarts. */
  readonly baseUrl: string;
  /** Belongs to the running process; undefined while none runs. */
  readonly pid: number | undefined;
  ledger(): Promise<LedgerReport>;
  stats(): Promise<SimulatorStats>;
  arrivals(): Promise<Arrivals>;
  /** Changes the given switches; resolves to all of them. */
  settings(patch: Partial<SimulatorSettings>): Promise<SimulatorSettings>;
  /** Forgets charges and counts; the switches stay. */
  reset(): Promise<void>;
  /** Ends it with SIGTERM and waits. Does nothing if it is not running. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL and waits. */
  kill(): Promise<void>;
  /**
   * Restarts it on the same port with the same options. The charges continue if there is a ledger
   * file.
   */
  restart(): Promise<void>;
}

const processFile = fileURLToPath(new URL('../../src/simulator/process.ts', import.meta.url));
const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Starts a simulator on a free port. It ends with this process at the latest. Rejects if it does
 * not come up.
 */
export async function startSimulatorProcess(options: SimulatorOptions = {}): Promise<SimulatorProcess> {
  let running = await spawnSimulator(options, 0);
  const { baseUrl } = running;

  const ask = async (path: string, init?: RequestInit): Promise<unknown> => {
    const response = await fetch(`${baseUrl}/simulator/${path}`, init);
    const body: unknown = await response.json();
    if (!response.ok) {
      throw new Error(`Cannot ask the simulator for ${path}: ${JSON.stringify(body)}`);
    }
    return body;
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const { child } = running;
    if (!isRunning(child)) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };

  return {
    baseUrl,
    get pid() {
      return isRunning(running.child) ? running.child.pid : undefined;
    },
    ledger: async () => (await ask('ledger')) as LedgerReport,
    arrivals: async () => (await ask('arrivals')) as Arrivals,
    stats: async () => (await ask('stats')) as SimulatorStats,
    settings: async (patch) =>
      (await ask('settings', { method: 'POST', body: JSON.stringify(patch) })) as SimulatorSettings,
    reset: async () => {
      await ask('reset', { method: 'POST' });
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      running = await spawnSimulator(options, Number(new URL(baseUrl).port));
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly baseUrl: string;
}

async function spawnSimulator(options: SimulatorOptions, port: number): Promise<Running> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', processFile, JSON.stringify({ ...options, port })],
    { cwd: projectFolder, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const failed = once(child, 'close').then(([code]) => {
    throw new Error(`The simulator did not come up (exit code ${String(code)}): ${complaint}`);
  });
  const came = once(createInterface({ input: child.stdout }), 'line').then(([line]) => {
    const { baseUrl } = JSON.parse(String(line)) as { readonly baseUrl: string };
    return { child, baseUrl };
  });
  // If the simulator came up, its later exit is not a failure of the start.
  failed.catch(() => undefined);
  return Promise.race([came, failed]);
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
