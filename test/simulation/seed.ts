/* Runs one seed: the real activities of several processes against all its faults. */

import { definedOf } from '../../src/domain/defined.ts';
import { tagOf } from '../../src/storage/batch-tag.ts';
import { resultKey } from '../../src/storage/layout.ts';
import { batchId, createSendableRow, stageRows } from '../support/batches.ts';
import { ActivityServer } from './activity-server.ts';
import { BatchDriver, type OnHold } from './batch-driver.ts';
import { Crew } from './crew.ts';
import { DiskFaults } from './disk-faults.ts';
import type { FaultLimits, FiredFault } from './faults.ts';
import { LedgerGateway } from './ledger-gateway.ts';
import { Operator, targetOf } from './operator.ts';
import { chargedTwice, complaintsAbout } from './oracle.ts';
import { StuckError } from './scheduler.ts';
import type { Attempt } from './worker-process.ts';
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

/** What holds say of a storage that lost something, or was edited. */
const isDamage = /altered|no trace|lost the trace|missing|damaged|vanished/i;

/** A seed that takes more steps goes on forever: most take a few hundred. */
const mostSteps = 40_000;

export async function runSeed(options: SeedOptions): Promise<SeedReport> {
  const world = new World(options);
  const rows = Math.min(1 + world.random.below(6), options.rows ?? Number.POSITIVE_INFINITY);
  const workers = Math.min(1 + world.random.below(3), options.workers ?? Number.POSITIVE_INFINITY);
  const uninstall = world.time.install(() => world.random.next());
  const violations: string[] = [];
  try {
    await playSeed(world, rows, workers, violations);
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

async function playSeed(world: World, rows: number, workers: number, violations: string[]): Promise<void> {
  const { random, scheduler } = world;
  const concurrency = 1 + random.below(4);
  const ratePerS = random.chance(0.2) ? random.pick([1, 5, 50]) : undefined;
  const staged = Array.from({ length: rows }, (_, index) => createSendableRow(index + 1));
  const gateway = new LedgerGateway(world);
  const targetFingerprint = await targetOf(world);
  const { record, operatorKey } = await stageRows(world.storage, staged, {
    ...{ concurrency: 10, targetFingerprint, tag: tagOf(world.storage.id, batchId) },
    ...(ratePerS === undefined ? {} : { ratePerS }),
  });
  const operators = ['mia', 'tom'].map(
    (name) => new Operator({ world, gateway, operatorKey, name, onDamage: () => disk.putBack() }),
  );
  const crew = new Crew({ world, gateway, operatorKey, targetFingerprint, workers });
  const server = new ActivityServer(world, () => crew.alive);
  const onHold: OnHold = ({ code, text }, holds) => {
    if (isDamage.test(text) && !world.wasDamaged) violations.push(`false alarm: ${text}`);
    if (disk.hasDamage && /storage/.test(code) && (holds > 10 || random.chance(0.4))) disk.putBack();
  };
  const beginDriver = (): BatchDriver => new BatchDriver({ world, server, concurrency, onHold });
  let driver = beginDriver();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
  };
  const begin = (pass: number): void => {
    const begun = driver;
    begun.run(pass).catch((error: unknown) => {
      if (begun === driver) fail(error);
    });
  };
  let isCalm = false;
  let pass = 1;
  const disk = new DiskFaults({
    world,
    pass: () => pass,
    answeredRows: () => {
      const rowsOf = ({ input }: Attempt): unknown => (input as { readonly row?: number }).row;
      const busy = new Set(crew.running.map(rowsOf));
      return driver.answered.filter((row) => !busy.has(row));
    },
  });
  world.onStep(() => {
    const twice = chargedTwice(gateway.charges);
    if (twice.length > 0 && violations.length === 0) violations.push(`charged twice: ${twice.join(' ')}`);
    if (isCalm) return;
    crew.disturb();
    if (driver.isPublished) return;
    // An opening that has just looked at the folder would create it again.
    if (!crew.running.some(({ name }) => name === 'openShard')) disk.disturb();
    if (world.happens('cancel')) driver.cancel();
    if (world.happens('cancel_shard')) driver.cancelShard();
    // A run that knows of no answers cannot notice that they are missing.
    if (!disk.hasDamage && world.happens('reset')) {
      driver = driver.reset();
      begin(pass);
    }
  });
  const until = async (isOver: () => boolean): Promise<void> => {
    await scheduler.run(() => isOver() || failure !== undefined || violations.length > 0, mostSteps);
    if (failure !== undefined) throw failure.error;
  };
  const whole = async <Result>(act: Promise<Result>): Promise<Result | undefined> => {
    let end: { readonly result: Result } | undefined;
    act.then((result) => {
      end = { result };
    }, fail);
    await until(() => end !== undefined);
    return end?.result;
  };
  const check = (when: string, durableTokens?: ReadonlyMap<number, string>): void => {
    if (violations.length > 0) return;
    const text = (file: 'results.csv' | 'manifest.json') =>
      world.disk.file(resultKey(batchId, file))?.bytes.toString();
    const published = { resultsCsv: text('results.csv'), manifestJson: text('manifest.json') };
    const merchantRefs = staged.map(({ merchantRef }) => merchantRef);
    const complaints = complaintsAbout({
      charges: gateway.charges,
      merchantRefs,
      ...published,
      ...definedOf({ durableTokens }),
    });
    violations.push(...complaints.map((complaint) => `${when}: ${complaint}`));
  };
  const drain = async (): Promise<void> => {
    isCalm = true;
    await until(() => crew.running.length === 0 && gateway.travelling === 0);
  };

  begin(1);
  await until(() => driver.isPublished);
  check('after the first pass');
  while (pass < 3 && violations.length === 0 && random.chance(0.6)) {
    if (random.chance(0.5)) {
      await drain();
      if (random.chance(0.7)) {
        await whole(Promise.all(operators.map((operator) => operator.resolve(record))));
        check('after resolve');
      }
      isCalm = false;
    }
    const [mia, tom] = operators;
    const isPurged = random.chance(0.2);
    const planned = await whole(
      Promise.all([mia?.redrive(record), isPurged ? tom?.purge(record) : tom?.redrive(record)]),
    );
    const next = planned?.find((number) => typeof number === 'number');
    if (next === undefined) break;
    world.count('later pass');
    pass = next;
    driver = beginDriver();
    begin(pass);
    await until(() => driver.isPublished);
    check(`after pass ${pass}`);
  }
  if (violations.length > 0) return;
  await drain();
  // Whatever came late is in the next publication.
  await whole(driver.publish(pass));
  check('after all late results', world.wasDamaged ? undefined : world.durableTokens);
}
