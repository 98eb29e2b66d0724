/* One batch of a given size at full speed, observed once a second from outside. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { searchAttributes } from '../../src/contract/search-attributes.ts';
import { type DevServerLease, joinDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { writeSampleFile } from '../../test/support/sample-file.ts';
import { type SimulatorProcess, startSimulatorProcess } from '../../test/support/simulator-process.ts';
import { testTemporalBinary } from '../../test/support/temporal-binary.ts';
import { startCardlift } from '../support/cardlift.ts';
import { medianOf } from '../support/numbers.ts';
import { findMetricsUrl, readActions, sumHistories } from '../support/temporal-figures.ts';

export interface Sample {
  readonly seconds: number;
  readonly requests: number;
  readonly workerMb: number;
  readonly serverMb: number;
}

export interface Growth {
  readonly rows: number;
  /** From the command to its end, including reading the file, staging and publishing. */
  readonly wholeS: number;
  /** From the command to the first request. */
  readonly firstRequestS: number;
  /** Between 20 % and 90 % of the rows. */
  readonly steadyRowsPerS: number;
  /** Median resident memory in that period. */
  readonly workerMb: number;
  readonly serverMb: number;
  readonly eventsPerRow: number;
  readonly bytesPerRow: number;
  readonly actionsPerRow: number;
  readonly actionsByType: Readonly<Record<string, number>>;
  readonly samples: readonly Sample[];
}

const sampleMs = 1_000;
/** The simulator answers almost at once; a pause of the machine must not end rows. */
const timeoutMs = 60_000;

/**
 * Runs a batch with this many rows and its own Temporal database. Rejects if a row is not
 * tokenized.
 */
export async function measureGrowth(rows: number, concurrency: number, latencyMs: number): Promise<Growth> {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-bench-'));
  const home = join(folder, 'home');
  const simulator = await startSimulatorProcess({ settings: { latencyMs } });
  const server = await joinDevServer({
    ...{ home, keep: false, searchAttributes, binary: await testTemporalBinary() },
    log: { info: () => undefined, warn: () => undefined },
  });
  try {
    const { path: inputFile } = await writeSampleFile(folder, rows);
    const logFile = join(folder, 'messages.log');
    const startedMs = performance.now();
    const run = startCardlift({
      ...{ inputFile, home, logFile, outFolder: folder, baseUrl: simulator.baseUrl },
      ...{ ratePerS: 0, concurrency, timeoutMs },
    });
    const exited = once(run, 'exit');
    const samples: Sample[] = [];
    let firstRequestS = 0;
    while (run.exitCode === null && run.signalCode === null) {
      const sample = await takeSample(simulator, startedMs, run.pid ?? 0, server.pid);
      if (sample !== undefined) samples.push(sample);
      if (firstRequestS === 0) firstRequestS = await readFirstRequest(simulator, startedMs);
      await Promise.race([delay(sampleMs), exited]);
    }
    const wholeS = (performance.now() - startedMs) / 1000;
    if (run.exitCode !== 0) {
      throw new Error(`The batch did not end well: ${(await readFile(logFile, 'utf8')).slice(-2_000)}`);
    }
    return {
      rows,
      wholeS,
      firstRequestS,
      ...describeSteady(rows, samples),
      ...(await readCosts(server, rows)),
      samples,
    };
  } finally {
    await server.release();
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function takeSample(
  simulator: SimulatorProcess,
  startedMs: number,
  workerPid: number,
  serverPid: number,
): Promise<Sample | undefined> {
  const { requests } = await simulator.stats();
  const seconds = (performance.now() - startedMs) / 1000;
  const [workerMb, serverMb] = await Promise.all([workerPid, serverPid].map(readResidentMb));
  return workerMb === undefined || serverMb === undefined
    ? undefined
    : { seconds, requests, workerMb, serverMb };
}

/** By the simulator's clock, which is this machine's; 0 before the first request. */
async function readFirstRequest(simulator: SimulatorProcess, startedMs: number): Promise<number> {
  const { firstRequestAtMs } = await simulator.stats();
  if (firstRequestAtMs === null) return 0;
  return (firstRequestAtMs - (Date.now() - (performance.now() - startedMs))) / 1000;
}

/** Undefined once the process has ended. */
async function readResidentMb(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(status) ?? [];
  return kb === undefined ? undefined : Number(kb) / 1024;
}

function describeSteady(
  rows: number,
  samples: readonly Sample[],
): Pick<Growth, 'steadyRowsPerS' | 'workerMb' | 'serverMb'> {
  const steady = samples.filter(({ requests }) => requests >= rows * 0.2 && requests <= rows * 0.9);
  const first = steady[0];
  const last = steady.at(-1);
  if (first === undefined || last === undefined || first === last) {
    throw new Error('The batch was too short for a steady state: give more rows');
  }
  return {
    steadyRowsPerS: (last.requests - first.requests) / (last.seconds - first.seconds),
    workerMb: medianOf(steady.map(({ workerMb }) => workerMb)),
    serverMb: medianOf(steady.map(({ serverMb }) => serverMb)),
  };
}

async function readCosts(
  server: DevServerLease,
  rows: number,
): Promise<Pick<Growth, 'eventsPerRow' | 'bytesPerRow' | 'actionsPerRow' | 'actionsByType'>> {
  const connection = await Connection.connect({ address: server.address });
  try {
    const { events, bytes } = await sumHistories(new Client({ connection, namespace: server.namespace }));
    const actions = await readActions(await findMetricsUrl(server.logFile), server.namespace);
    const all = [...actions.values()].reduce((sum, count) => sum + count, 0);
    return {
      eventsPerRow: events / rows,
      bytesPerRow: bytes / rows,
      actionsPerRow: all / rows,
      actionsByType: Object.fromEntries([...actions].sort(([, a], [, b]) => b - a)),
    };
  } finally {
    await connection.close();
  }
}
