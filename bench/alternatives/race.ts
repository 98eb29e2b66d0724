/*
 * One contender's run: a fresh simulator, a start, a kill -9 in the middle, a second start, the
 * comparison.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLedger } from '../../src/simulator/ledger.ts';
import type { SimulatorOptions } from '../../src/simulator/settings.ts';
import type { SimulatorStats } from '../../src/simulator/statistics.ts';
import type { SampleFile } from '../../test/support/sample-file.ts';
import { type SimulatorProcess, startSimulatorProcess } from '../../test/support/simulator-process.ts';
import { type Contender, logFileOf, type Task } from './contender.ts';
import { startService } from './services.ts';
import { judgeRun, type Verdict } from './verdict.ts';

export interface RaceInput {
  readonly contender: Contender;
  readonly file: SampleFile;
  readonly ratePerS: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly latencyMs: number;
  readonly faults: NonNullable<SimulatorOptions['faults']>;
}

export interface Race extends Verdict {
  readonly name: string;
  readonly ratePerS: number;
  readonly rows: number;
  /** From the first start to the end of the second, including the outage. */
  readonly timeS: number;
  readonly rowsPerS: number;
  /** From the kill to the first request after it. */
  readonly outageS: number;
  /** Share of the limit used while the contender was running; null without a limit. */
  readonly limitUsed: number | null;
  readonly worstSecond: number;
  readonly answers429: number;
  /** Load average during the run. Part of it is the contender's own. */
  readonly load: number;
  readonly at: string;
  /** Total requests per second since the start, for the plot. */
  readonly timeline: readonly (readonly [seconds: number, requests: number])[];
}

/**
 * Frequent enough for a kill in the middle and a plot by the second, with a few hundred small
 * requests in total.
 */
const pollMs = 250;
/** The slowest contender makes about 10 rows/s. */
const maxRunMs = 20 * 60_000;

/** Runs one contender. Rejects if it does not end by itself. */
export async function runRace(input: RaceInput): Promise<Race> {
  const { contender, file, ratePerS } = input;
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-bench-'));
  const ledgerFile = join(folder, 'ledger.jsonl');
  const simulator = await startSimulatorProcess({
    seed: 1,
    faults: input.faults,
    ledgerFile,
    settings: { latencyMs: input.latencyMs, ratePerS: ratePerS === 0 ? null : ratePerS },
  });
  try {
    const ownFolder = join(folder, 'own');
    await mkdir(ownFolder);
    const service = await startService(contender.service, folder);
    try {
      const task: Task = {
        inputFile: file.path,
        folder: ownFolder,
        baseUrl: simulator.baseUrl,
        ratePerS,
        concurrency: input.concurrency,
        timeoutMs: input.timeoutMs,
        environment: service.environment,
      };
      const course = await runTwice(contender, task, simulator, file.rows.length);
      const results = await contender.readResults(task);
      const stats = await simulator.stats();
      await simulator.stop();
      const ledger = await createLedger(ledgerFile);
      const { charges } = ledger;
      const refByFingerprint = new Map(
        file.rows.map((row) => [ledger.fingerprintOf(row.cardNumber), row.merchantRef]),
      );
      ledger.close();
      const verdict = judgeRun({ refByFingerprint, charges, results });
      return { ...describeCourse(input, course, stats), ...verdict };
    } finally {
      await contender.cleanUp?.(ownFolder);
      await service.stop();
    }
  } finally {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Course {
  readonly at: string;
  readonly loads: readonly number[];
  readonly timeMs: number;
  readonly outageMs: number;
  readonly timeline: [number, number][];
}

/** Starts, kills when half of the rows are charged, starts again, and waits for the end. */
async function runTwice(
  contender: Contender,
  task: Task,
  simulator: SimulatorProcess,
  rows: number,
): Promise<Course> {
  const startedMs = performance.now();
  const at = new Date().toISOString();
  const loads: number[] = [];
  const timeline: [number, number][] = [];
  let outageMs = 0;
  let killed: { readonly atMs: number; readonly requests: number } | undefined;
  let running = startFollowed(contender, task);
  try {
    for (;;) {
      await Promise.race([delay(pollMs), running.exited]);
      const stats = await simulator.stats();
      const nowMs = performance.now() - startedMs;
      loads.push(loadavg()[0] ?? 0);
      timeline.push([Number((nowMs / 1000).toFixed(2)), stats.requests]);
      if (killed !== undefined && outageMs === 0 && stats.requests > killed.requests) {
        outageMs = nowMs - killed.atMs;
      }
      if (running.child.exitCode !== null || running.child.signalCode !== null) break;
      if (nowMs > maxRunMs) throw new Error(`${contender.name} did not end in time`);
      if (killed === undefined && stats.charges >= rows / 2) {
        running.child.kill('SIGKILL');
        await running.exited;
        killed = { atMs: nowMs, requests: (await simulator.stats()).requests };
        running = startFollowed(contender, task);
      }
    }
    const { exitCode } = running.child;
    if (killed === undefined || !contender.endCodes.includes(exitCode ?? -1)) {
      const when = killed === undefined ? 'before it was killed' : 'after its second start';
      const words = (await readFile(logFileOf(task), 'utf8')).slice(-2_000);
      throw new Error(`${contender.name} ended ${when}, with exit code ${exitCode}: ${words}`);
    }
    return { at, loads, timeMs: performance.now() - startedMs, outageMs, timeline };
  } finally {
    running.child.kill('SIGKILL');
  }
}

/** Registers one exit listener, however often the exit is awaited. */
function startFollowed(contender: Contender, task: Task): { child: ChildProcess; exited: Promise<unknown> } {
  const child = contender.start(task);
  return { child, exited: once(child, 'exit') };
}

function describeCourse(
  { contender, ratePerS, file }: RaceInput,
  { at, loads, timeMs, outageMs, timeline }: Course,
  stats: SimulatorStats,
): Omit<Race, keyof Verdict> {
  const rows = file.rows.length;
  const sendingMs = (stats.lastRequestAtMs ?? 0) - (stats.firstRequestAtMs ?? 0) - outageMs;
  const admitted = stats.requests - stats.limiterRefusals;
  return {
    name: contender.name,
    ratePerS,
    rows,
    timeS: timeMs / 1000,
    rowsPerS: (rows * 1000) / timeMs,
    outageS: outageMs / 1000,
    limitUsed: ratePerS === 0 ? null : admitted / (ratePerS * (sendingMs / 1000)),
    worstSecond: stats.maxPerSecond,
    answers429: stats.limiterRefusals,
    load: loads.reduce((sum, load) => sum + load, 0) / loads.length,
    at,
    timeline,
  };
}
