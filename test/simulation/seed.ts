/* Runs one seed: the real activities of several processes against all its faults. */
import { definedOf } from '../../src/domain/defined.ts';
import { tagOf } from '../../src/storage/batch-tag.ts';
import { batchId, createSendableRow, stageRows } from '../support/batches.ts';
import type { FaultLimits, FiredFault } from './faults.ts';
import { targetOf } from './operator.ts';
import { StuckError } from './scheduler.ts';
import { SeedPlay, type SeedPlayOptions } from './seed-play.ts';
import { World } from './world.ts';

export interface SeedOptions extends FaultLimits {
  readonly seed: number;
  /** The most rows and workers; absent: the seed decides. */
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

export async function runSeed(options: SeedOptions): Promise<SeedReport> {
  const world = new World(options);
  const rows = Math.min(1 + world.random.below(6), options.rows ?? Number.POSITIVE_INFINITY);
  const workers = Math.min(1 + world.random.below(3), options.workers ?? Number.POSITIVE_INFINITY);
  world.count(`profile: ${world.faults.profile}`);
  const uninstall = world.time.install(() => world.random.next());
  const violations: string[] = [];
  try {
    await new SeedPlay({ world, rows, workers, violations, ...(await stageBatch(world, rows)) }).run();
  } catch (error) {
    if (error instanceof StuckError) violations.push(`stuck: ${error.message}`);
    else violations.push(`failed: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    uninstall();
  }
  const { counters, trace, faults, scheduler } = world;
  return {
    ...{ seed: options.seed, rows, workers, violations, counters, trace },
    ...{ fired: faults.fired, steps: scheduler.steps },
  };
}

async function stageBatch(
  world: World,
  rows: number,
): Promise<Pick<SeedPlayOptions, 'record' | 'operatorKey' | 'targetFingerprint'>> {
  const ratePerS = world.random.chance(0.2) ? world.random.pick([1, 5, 50]) : undefined;
  const staged = Array.from({ length: rows }, (_, index) => createSendableRow(index + 1));
  const targetFingerprint = await targetOf(world);
  const { record, operatorKey } = await stageRows(world.storage, staged, {
    ...{ concurrency: 10, targetFingerprint, tag: tagOf(world.storage.id, batchId) },
    ...definedOf({ ratePerS }),
  });
  return { record, operatorKey, targetFingerprint };
}
