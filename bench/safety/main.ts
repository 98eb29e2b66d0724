/*
 * `npm run bench:safety`: what the notes cost. The same batch with notes that are made durable, with notes on a RAM disk,
 * where making durable costs nothing, and with notes in the worker's memory only; and the notes alone, without the rest.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { launchBatch } from '../../src/cli/launch-batch.ts';
import { createActivityDeps } from '../../src/cli/workplace.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { NoteStore } from '../../src/storage/storage.ts';
import { startBatch } from '../../src/temporal/batch-start.ts';
import { startWorker } from '../../src/temporal/worker-assembly.ts';
import { createNoteHead, shardRef } from '../../test/support/notes.ts';
import { writeSampleFile } from '../../test/support/sample-file.ts';
import { startSimulatorProcess } from '../../test/support/simulator-process.ts';
import { startTemporalServer } from '../../test/support/temporal-server.ts';
import { createWorkplace } from '../../test/support/workplace.ts';
import { describeMachine, formatMachine } from '../support/machine.ts';
import { parseWhole } from '../support/numbers.ts';
import { resultsFolder, writeReport } from '../support/report.ts';
import { formatTable } from '../support/table.ts';
import { createMemoryNotes } from './memory-notes.ts';

const { rows, ram, out } = new Command('bench:safety')
  .option('--rows <n>', 'rows of each batch', parseWhole, 3_000)
  .option('--ram <folder>', 'a folder on a RAM disk', '/dev/shm')
  .option('--out <folder>', 'where JSON goes', resultsFolder)
  .parse()
  .opts<{ rows: number; ram: string; out: string }>();
const lanes = 200;
const latencyMs = 100;
const variants = ['durable', 'on a RAM disk', 'in memory only'] as const;
type Variant = (typeof variants)[number];
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const rootOf = (variant: Variant): string => (variant === 'on a RAM disk' ? ram : tmpdir());

const temporal = await startTemporalServer();
const simulator = await startSimulatorProcess({ settings: { latencyMs } });
let batches = 0;

/** Rows a second of a whole batch. */
async function measureBatch(variant: Variant): Promise<number> {
  batches += 1;
  const folder = await mkdtemp(join(rootOf(variant), 'cardlift-bench-'));
  try {
    await simulator.reset();
    const place = createWorkplace(folder, simulator.baseUrl, { PAYMENT_OPTIONS_TIMEOUT_MS: '60000' });
    const deps = await createActivityDeps(place, false);
    const file = await writeSampleFile(folder, rows);
    const notes = variant === 'in memory only' ? createMemoryNotes() : deps.storage.notes;
    const worker = await startWorker({
      connectionOptions: { address: temporal.address },
      namespace: 'default',
      deps: { ...deps, storage: { ...deps.storage, notes } },
      logger: place.logger,
      shutdownGraceMs: 5_000,
    });
    const options = {
      merchantId: `bench-${batches}`,
      batch: 'safety',
      concurrency: lanes,
      yes: true,
    } as const;
    const { record } = await launchBatch(place, file.path, options);
    await startBatch({ client: temporal.client, namespace: 'default' }, record);
    await temporal.client.workflow.getHandle(record.batchId).result();
    await worker.stop();
    const { requests, firstRequestAtMs, lastRequestAtMs } = await simulator.stats();
    return (requests * 1_000) / ((lastRequestAtMs ?? 0) - (firstRequestAtMs ?? 0));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Notes a second, made and ended by as many lanes at once, with nothing around them; and the CPU of one. */
async function measureNotes(variant: Variant): Promise<{ perS: number; cpuMs: number }> {
  const folder = await mkdtemp(join(rootOf(variant), 'cardlift-bench-'));
  try {
    const notes: NoteStore =
      variant === 'in memory only' ? createMemoryNotes() : (await openLocalStorage(folder)).notes;
    await notes.prepare(shardRef);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < rows) {
        next += 1;
        const own = await notes.create(shardRef, createNoteHead(next));
        await own?.end({ kind: 'not_processed', cause: 'a bench' });
      }
    };
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: lanes }, lane));
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
  const measured: { variant: Variant; rowsPerS: number[]; notesPerS: number; noteCpuMs: number }[] = [];
  for (const variant of variants) {
    const { perS, cpuMs } = await measureNotes(variant);
    measured.push({ variant, rowsPerS: [], notesPerS: perS, noteCpuMs: cpuMs });
  }
  // There and back again, so that a machine that grows slower or faster favours none.
  for (const one of [...measured, ...[...measured].reverse()]) {
    one.rowsPerS.push(await measureBatch(one.variant));
  }
  print(
    formatTable(
      ['notes', 'rows/s there', 'rows/s back', 'notes alone/s', 'CPU ms a note'],
      measured.map(({ variant, rowsPerS, notesPerS, noteCpuMs }) => [
        variant,
        ...rowsPerS.map((perS) => perS.toFixed(0)),
        notesPerS.toFixed(0),
        noteCpuMs.toFixed(2),
      ]),
    ),
  );
  const data = { machine, setting: { rows, lanes, latencyMs }, measured };
  print(`Written: ${(await writeReport({ name: 'safety', data, plots: {} }, out)).join(', ')}`);
} finally {
  await simulator.stop();
  await temporal.stop();
}
