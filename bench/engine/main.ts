/*
 * `npm run bench`: the speed of a batch with everything on this machine: the embedded durable
 * Temporal, the worker, the simulated gateway. Before and after it, on the same server, runs the
 * minimal workflow with one activity per row (no file, no intents, no HTTP). The ratio shows what
 * Cardlift adds, and depends less on the machine.
 */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Command } from 'commander';
import { searchAttributes } from '../../src/contract/search-attributes.ts';
import { shardSizeRows } from '../../src/domain/shard-plan.ts';
import { createLogger } from '../../src/logger.ts';
import { joinDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { writeSampleFile } from '../../test/support/sample-file.ts';
import { startSimulatorProcess } from '../../test/support/simulator-process.ts';
import { testTemporalBinary } from '../../test/support/temporal-binary.ts';
import { buildCardlift, startCardlift } from '../support/cardlift.ts';
import { describeMachine, formatMachine } from '../support/machine.ts';
import { parseWhole } from '../support/numbers.ts';
import { drawBars } from '../support/plot.ts';
import { resultsFolder, writeReport } from '../support/report.ts';
import { formatTable } from '../support/table.ts';
import { sumHistories } from '../support/temporal-figures.ts';
import { measureBare } from './bare-activities.ts';

const options = new Command('bench')
  .option('--rows <n>', 'rows of the file; rounded up to whole shards', parseWhole, 5_000)
  .option('--concurrency <n>', 'concurrent requests', parseWhole, 200)
  .option('--rate <n>', 'a limit, requests a second; 0 for none', parseWhole, 0)
  .option('--out <folder>', 'where JSON and SVG go', resultsFolder)
  .parse()
  .opts<{ rows: number; concurrency: number; rate: number; out: string }>();

const shards = Math.ceil(options.rows / shardSizeRows);
const rows = shards * shardSizeRows;
const { concurrency } = options;
const latencyMs = 100;
/** The simulator answers almost at once; a pause of the machine must not end rows. */
const timeoutMs = 60_000;
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function measureCardlift(folder: string, home: string): Promise<number> {
  const { path: inputFile } = await writeSampleFile(folder, rows);
  const simulator = await startSimulatorProcess({ settings: { latencyMs } });
  try {
    const logFile = join(folder, 'messages.log');
    const run = startCardlift({
      ...{ inputFile, home, outFolder: folder, logFile, baseUrl: simulator.baseUrl },
      ...{ ratePerS: options.rate, concurrency, timeoutMs },
    });
    await once(run, 'exit');
    if (run.exitCode !== 0) {
      throw new Error(`The batch did not end well: ${(await readFile(logFile, 'utf8')).slice(-2_000)}`);
    }
    const { requests, firstRequestAtMs, lastRequestAtMs } = await simulator.stats();
    return (requests * 1000) / ((lastRequestAtMs ?? 0) - (firstRequestAtMs ?? 0));
  } finally {
    await simulator.stop();
  }
}

buildCardlift();
installRuntime(createLogger('error'));
const machine = describeMachine();
print(formatMachine(machine));
const folder = await mkdtemp(join(tmpdir(), 'cardlift-bench-'));
const home = join(folder, 'home');
const server = await joinDevServer({
  ...{ home, keep: false, searchAttributes, binary: await testTemporalBinary() },
  log: { info: () => undefined, warn: () => undefined },
});
const client = new Client({ connection: await Connection.connect({ address: server.address }) });
try {
  const plan = { shards, shardRows: shardSizeRows, concurrency: concurrency, latencyMs };
  const before = await measureBare(client, server.address, plan);
  const cardlift = await measureCardlift(folder, home);
  const after = await measureBare(client, server.address, plan);
  const { events, bytes } = await sumHistories(client, 'WorkflowId STARTS_WITH "cardlift/"');
  const figures = {
    bareRowsPerS: [before, after],
    rowsPerS: cardlift,
    ofBare: cardlift / ((before + after) / 2),
    eventsPerRow: events / rows,
    bytesPerRow: bytes / rows,
  };
  print(
    formatTable(
      ['', 'rows/s'],
      [
        ['bare activities, before', before.toFixed(0)],
        ['Cardlift', cardlift.toFixed(0)],
        ['bare activities, after', after.toFixed(0)],
      ],
    ),
  );
  print(
    `Cardlift is ${figures.ofBare.toFixed(2)} of bare, with ${figures.eventsPerRow.toFixed(2)} events and ${figures.bytesPerRow.toFixed(0)} bytes of history a row`,
  );
  const bars = [
    { name: 'bare activities, before', value: before },
    { name: 'Cardlift', value: cardlift },
    { name: 'bare activities, after', value: after },
  ];
  const plot = drawBars({ title: `${rows} rows at full speed`, unit: 'rows/s', bars });
  const data = { machine, setting: { rows, concurrency, latencyMs }, ...figures };
  const files = await writeReport({ name: 'engine', data, plots: { '': plot } }, options.out);
  print(`Written: ${files.join(', ')}`);
} finally {
  await client.connection.close();
  await server.release();
  await rm(folder, { recursive: true, force: true });
}
