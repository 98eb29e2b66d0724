/* Runs one seed: the real activities of several processes against all its faults. */

import { resultKey } from '../../src/storage/layout.ts';
import { batchId, createSendableRow, stageRows } from '../support/batches.ts';
import { ActivityServer } from './activity-server.ts';
import type { FaultLimits, FiredFault } from './faults.ts';
import { LedgerGateway } from './ledger-gateway.ts';
import { chargedTwice, complaintsAbout } from './oracle.ts';
import { StuckError } from './scheduler.ts';
import { ShardDriver } from './shard-driver.ts';
import { WorkerProcess } from './worker-process.ts';
import { World } from './world.ts';

export interface SeedOptions extends FaultLimits {
  readonly seed: number;
  /** Absent: the seed decides. */
  readonly rows?: number;
  readonly workers?: number;
  readonly isTraced?: boolean;
}

export interface SeedReport {
  readonly seed: number;
  readonly rows: number;
  readonly workers: number;
  /** What broke a promise; empty if nothing did. */
  readonly violations: readonly string[];
  readonly fired: readonly FiredFault[];
  readonly counters: ReadonlyMap<string, number>;
  readonly trace: readonly string[];
  readonly steps: number;
}

const mostSteps = 40_000;
const freezesMs = [3_000, 6_000, 16_000, 45_000, 400_000] as const;
const clockStepsMs = [-3_600_000, -20_000, -3_000, 3_000, 20_000, 3_600_000] as const;
const restartsMs = [100, 5_000, 30_000] as const;

export async function runSeed(options: SeedOptions): Promise<SeedReport> {
  const world = new World(options);
  const { random } = world;
  const rows = Math.min(1 + random.below(6), options.rows ?? Number.POSITIVE_INFINITY);
  const workers = Math.min(1 + random.below(3), options.workers ?? Number.POSITIVE_INFINITY);
  const concurrency = 1 + random.below(4);
  const ratePerS = random.chance(0.2) ? random.pick([1, 5, 50]) : undefined;
  const uninstall = world.time.install(() => world.random.next());
  const violations: string[] = [];
  const staged = Array.from({ length: rows }, (_, index) => createSendableRow(index + 1));
  const gateway = new LedgerGateway(world);
  try {
    const { operatorKey } = await stageRows(world.storage, staged, {
      concurrency: 10,
      ...(ratePerS === undefined ? {} : { ratePerS }),
    });
    let count = 0;
    const start = (): WorkerProcess => {
      count += 1;
      return new WorkerProcess(world, gateway, operatorKey, `worker ${count}`);
    };
    const processes = Array.from({ length: workers }, start);
    const server = new ActivityServer(world, () => processes.filter(({ actor }) => actor.isAlive));
    let driver = new ShardDriver(world, server, concurrency);
    let failure: unknown;
    const begin = (): void => {
      const begun = driver;
      begun.run(1).catch((error: unknown) => {
        if (begun === driver) failure = error;
      });
    };
    const isCalm = false;
    world.onStep(() => {
      const twice = chargedTwice(gateway.charges);
      if (twice.length > 0 && violations.length === 0) violations.push(`charged twice: ${twice.join(' ')}`);
      if (isCalm) return;
      for (const [index, process] of processes.entries()) {
        disturb(world, process, () => {
          setTimeout(() => {
            processes[index] = start();
          }, random.pick(restartsMs));
        });
      }
      if (driver.isPublished) return;
      if (world.happens('cancel')) driver.cancel();
      if (world.happens('reset')) {
        driver = ShardDriver.again(driver);
        begin();
      }
    });
    begin();
    const isOver = (): boolean => driver.isPublished || failure !== undefined || violations.length > 0;
    await world.scheduler.run(isOver, mostSteps);
    if (failure !== undefined) throw failure;
    violations.push(
      ...check(
        world,
        gateway,
        staged.map(({ merchantRef }) => merchantRef),
        'at the end: ',
      ),
    );
  } catch (error) {
    if (!(error instanceof StuckError)) violations.push(`failed: ${String(error)} ${(error as Error).stack}`);
    else violations.push(`stuck: ${error.message}`);
  } finally {
    uninstall();
  }
  const { counters, trace, faults, scheduler } = world;
  const { fired } = faults;
  return { ...options, rows, workers, violations, fired, counters, trace, steps: scheduler.steps };
}

function check(world: World, { charges }: LedgerGateway, merchantRefs: string[], when: string): string[] {
  const text = (file: 'results.csv' | 'manifest.json') =>
    world.disk.file(resultKey(batchId, file))?.bytes.toString();
  const input = { resultsCsv: text('results.csv'), manifestJson: text('manifest.json') };
  return complaintsAbout({ charges, merchantRefs, ...input }).map((complaint) => when + complaint);
}

/** What may happen to a process at any moment. */
function disturb(world: World, process: WorkerProcess, restart: () => void): void {
  const { actor } = process;
  if (!actor.isAlive) return;
  const isFrozen = actor.frozenUntilMs > world.time.nowMs;
  if (world.happens('kill')) {
    world.log(`  KILL ${actor.name}`);
    world.scheduler.kill(actor);
    restart();
  } else if (!isFrozen && world.happens('freeze')) {
    freeze(world, process);
  } else if (!isFrozen && world.happens('suspend')) {
    process.sleptMs += freeze(world, process);
  } else if (world.happens('clock_step')) {
    process.skewMs += world.random.pick(clockStepsMs);
    world.log(`  CLOCK of ${actor.name} is ${process.skewMs} ms away`);
  }
}

function freeze({ time, random }: World, { actor }: WorkerProcess): number {
  const ms = random.pick(freezesMs);
  actor.frozenUntilMs = time.nowMs + ms;
  return ms;
}
