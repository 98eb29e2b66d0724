/*
 * `npm run bench:safety`: the cost of intents. Runs the same batch with durable intents, with
 * intents on a RAM disk (where syncing costs nothing), and with intents in memory only; then the
 * intents alone.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { createActivityDeps } from '../../src/app/activity-deps.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { IntentStore } from '../../src/storage/storage.ts';
import { startBatch } from '../../src/temporal/batch-start.ts';
import { startWorker } from '../../src/temporal/worker-assembly.ts';
import { createTestContext } from '../../test/support/app-context.ts';
import { createIntentHead, shardRef } from '../../test/support/intents.ts';
import { launchFile } from '../../test/support/launched-batch.ts';
import { writeSampleFile } from '../../test/support/sample-file.ts';
import { startSimulatorProcess } from '../../test/support/simulator-process.ts';
import { testKey } from '../../test/support/storage-key.ts';
import { startTemporalServer } from '../../test/support/temporal-server.ts';
import { describeMachine, formatMachine } from '../support/machine.ts';
import { parseWhole } from '../support/numbers.ts';
import { resultsFolder, writeReport } from '../support/report.ts';
import { formatTable } from '../support/table.ts';
import { createMemoryIntents } from './memory-intents.ts';

const { rows, ram, out } = new Command('bench:safety')
  .option('--rows <n>', 'rows of each batch', parseWhole, 3_000)
  .option('--ram <folder>', 'a folder on a RAM disk', '/dev/shm')
  .option('--out <folder>', 'where JSON goes', resultsFolder)
  .parse()
  .opts<{ rows: number; ram: string; out: string }>();
const concurrency = 200;
const latencyMs = 100;
const variants = ['durable', 'on a RAM disk', 'in memory only'] as const;
type Variant = (typeof variants)[number];
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const rootOf = (variant: Variant): string => (variant === 'on a RAM disk' ? ram : tmpdir());

const temporal = await startTemporalServer();
const simulator = await startSimulatorProcess({ settings: { latencyMs } });
let batches = 0;

/** Rows per second of a whole batch. */
async function measureBatch(variant: Variant): Promise<number> {
  batches += 1;
  const folder = await mkdtemp(join(rootOf(variant), 'cardlift-bench-'));
  try {
    await simulator.reset();
    const place = createTestContext(folder, simulator.baseUrl, { PAYMENT_OPTIONS_TIMEOUT_MS: '60000' });
    const deps = await createActivityDeps(place, false);
    const file = await writeSampleFile(folder, rows);
    const intents = variant === 'in memory only' ? createMemoryIntents() : deps.storage.intents;
    const worker = await startWorker({
      connectionOptions: { address: temporal.address },
      namespace: 'default',
      deps: { ...deps, storage: { ...deps.storage, intents } },
      logger: place.logger,
      shutdownGraceMs: 5_000,
    });
    const options = {
      merchantId: `bench-${batches}`,
      batchName: 'safety',
      concurrency,
    };
    const { record } = await launchFile(place, file.path, options);
    await startBatch({ client: temporal.client, namespace: 'default' }, record);
    await temporal.client.workflow.getHandle(record.batchId).result();
    await worker.stop();
    const { requests, firstRequestAtMs, lastRequestAtMs } = await simulator.stats();
    return (requests * 1_000) / ((lastRequestAtMs ?? 0) - (firstRequestAtMs ?? 0));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Intents created and finished per second with nothing else running, and the CPU time of one. */
async function measureIntents(variant: Variant): Promise<{ perS: number; cpuMs: number }> {
  const folder = await mkdtemp(join(rootOf(variant), 'cardlift-bench-'));
  try {
    const intents: IntentStore =
      variant === 'in memory only'
        ? createMemoryIntents()
        : (await openLocalStorage(folder, testKey)).intents;
    await intents.prepare(shardRef);
    let next = 0;
    const sender = async (): Promise<void> => {
      while (next < rows) {
        next += 1;
        const own = await intents.create(shardRef, createIntentHead(next));
        await own?.writeResult({ kind: 'not_processed', cause: 'a bench' });
      }
    };
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: concurrency }, sender));
    const tookMs = performance.now() - startedMs;
    const { user, system } = process.cpuUsage(cpu);
    return { perS: (rows * 1_000) / tookMs, cpuMs: (user + system) / 1_000 / rows };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const machine = describeMachine();
print(formatMachine(machine));
try {
  const measured: { variant: Variant; rowsPerS: number[]; intentsPerS: number; intentCpuMs: number }[] = [];
  for (const variant of variants) {
    const { perS, cpuMs } = await measureIntents(variant);
    measured.push({ variant, rowsPerS: [], intentsPerS: perS, intentCpuMs: cpuMs });
  }
  // Forward and backward, so that a machine that gets slower or faster favours no variant.
  for (const one of [...measured, ...[...measured].reverse()]) {
    one.rowsPerS.push(await measureBatch(one.variant));
  }
  print(
    formatTable(
      ['intents', 'rows/s there', 'rows/s back', 'intents alone/s', 'CPU ms an intent'],
      measured.map(({ variant, rowsPerS, intentsPerS, intentCpuMs }) => [
        variant,
        ...rowsPerS.map((perS) => perS.toFixed(0)),
        intentsPerS.toFixed(0),
        intentCpuMs.toFixed(2),
      ]),
    ),
  );
  const data = { machine, setting: { rows, concurrency, latencyMs }, measured };
  print(`Written: ${(await writeReport({ name: 'safety', data, plots: {} }, out)).join(', ')}`);
} finally {
  await simulator.stop();
  await temporal.stop();
}
