/*
 * How fast a batch goes, with everything on this machine: the embedded durable Temporal, the worker, the simulated gateway
 * that answers in 100 ms. Beside it, in the same run, the barest workflow that runs one activity a row (no file, no notes,
 * no HTTP), so that the ratio tells what Cardlift adds; machines differ, and the ratio less so.
 *
 *   node --import tsx bench/rows-per-second.ts [rows]        (5,000 unless given; whole shards of 500)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { shardWorkflowIdOf } from '../src/contract/ids.ts';
import { searchAttributes } from '../src/contract/search-attributes.ts';
import { shardSizeRows } from '../src/domain/shard-plan.ts';
import { createLogger } from '../src/logger.ts';
import { joinDevServer } from '../src/temporal/dev-server/dev-server.ts';
import { installRuntime } from '../src/temporal/runtime.ts';

const rows = Number(process.argv[2] ?? 5_000);
const shards = Math.ceil(rows / shardSizeRows);
const lanes = 200;
const project = fileURLToPath(new URL('..', import.meta.url));
const home = await mkdtemp(join(tmpdir(), 'cardlift-bench-'));
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const silent = { info: () => undefined, warn: () => undefined };

installRuntime(createLogger('error'));
const server = await joinDevServer({ home, keep: false, searchAttributes, log: silent });
const client = new Client({ connection: await Connection.connect({ address: server.address }) });

async function measureBare(): Promise<number> {
  const workflowsPath = fileURLToPath(new URL('./baseline-workflow.ts', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath });
  const connection = await NativeConnection.connect({ address: server.address });
  const answer = (): Promise<{ outcome: string }> =>
    new Promise((resolve) => setTimeout(() => resolve({ outcome: 'tokenized' }), 100));
  const workers = [
    await Worker.create({ connection, taskQueue: 'bench', workflowBundle }),
    await Worker.create({
      connection,
      taskQueue: 'bench-rows',
      activities: { answer },
      maxConcurrentActivityTaskExecutions: 2_000,
    }),
  ];
  const running = workers.map((worker) => worker.run());
  const startedMs = performance.now();
  await client.workflow.execute('bareBatch', {
    taskQueue: 'bench',
    workflowId: `bare-${Date.now()}`,
    args: [{ shards, rows: shardSizeRows, lanes }],
  });
  const perS = (shards * shardSizeRows * 1000) / (performance.now() - startedMs);
  for (const worker of workers) worker.shutdown();
  await Promise.all(running);
  await connection.close();
  return perS;
}

async function measureCardlift(): Promise<number> {
  const file = join(home, `rows-${rows}.csv`);
  const sample = spawn(
    process.execPath,
    ['--import', 'tsx', 'scripts/generate-sample.ts', '--rows', String(rows)],
    {
      cwd: project,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await finished(sample.stdout.pipe(createWriteStream(file)));
  const simulator = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/starter.ts', 'simulate', '--port', '0', '--json', '--latency', '100'],
    { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(simulator.stdout, 'data')) as [Buffer];
  const { base_url: baseUrl } = JSON.parse(line.toString()) as { base_url: string };
  const run = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/starter.ts', 'run', file, '--merchant-id', 'bench', '--batch', 'bench', '--yes'],
    {
      cwd: project,
      stdio: ['ignore', 'inherit', 'ignore'],
      env: {
        ...process.env,
        CARDLIFT_HOME: home,
        PAYMENT_OPTIONS_BASE_URL: baseUrl,
        PAYMENT_OPTIONS_AUTHORIZATION: 'Basic simulator',
        PAYMENT_OPTIONS_X_API_KEY: 'simulator',
      },
    },
  );
  await once(run, 'exit');
  const stats = (await (await fetch(`${baseUrl}/simulator/stats`)).json()) as {
    requests: number;
    firstRequestAtMs: number;
    lastRequestAtMs: number;
  };
  simulator.kill();
  return (stats.requests * 1000) / (stats.lastRequestAtMs - stats.firstRequestAtMs);
}

async function describeHistory(): Promise<string> {
  let events = 0;
  let bytes = 0;
  for (let shard = 1; shard <= shards; shard += 1) {
    const id = shardWorkflowIdOf('cardlift/bench/bench', 1, shard);
    const { historyLength, historySize } = await client.workflow.getHandle(id).describe();
    events += historyLength;
    bytes += historySize ?? 0;
  }
  return `${(events / rows).toFixed(2)} events and ${(bytes / rows).toFixed(0)} bytes of history a row`;
}

try {
  const before = await measureBare();
  const cardlift = await measureCardlift();
  const after = await measureBare();
  const bare = (before + after) / 2;
  print(`bare activities: ${before.toFixed(0)} and ${after.toFixed(0)} rows/s`);
  print(`Cardlift:        ${cardlift.toFixed(0)} rows/s, ${(cardlift / bare).toFixed(2)} of bare`);
  print(`                 ${await describeHistory()}`);
} finally {
  await client.connection.close();
  await server.release();
  await rm(home, { recursive: true, force: true });
}
