/*
 * Every command that Cardlift prints works as printed, in the state in which it is printed. Each
 * test brings a batch into a state, collects what the commands print there, types each printed
 * command in a copy of the state, and checks the exit code and the batch. The holds that share
 * these texts are in test/cli/output/hold-text.test.ts.
 */
import assert from 'node:assert/strict';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { eventually } from '../support/condition.ts';
import { readPrintedCommands } from '../support/printed-commands.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';
import { startTemporalServer } from '../support/temporal-server.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';
import { type Desk, openDesk } from './desk.ts';

const simulator = await startSimulatorProcess();
const temporal = await startTemporalServer();
const settings = { isAuthorizationValid: true, isLive: false, latencyMs: 0, forcedFault: null };
const desks: Desk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.clear();
  await simulator.settings(settings);
});
after(async () => {
  await simulator.stop();
  await temporal.stop();
});

async function open(environment: Readonly<Record<string, string>> = {}): Promise<Desk> {
  const desk = await openDesk(simulator.baseUrl, environment);
  desks.push(desk);
  return desk;
}

/** A file whose path needs quoting in a shell, and the command that runs it. */
async function writeFile(t: Parameters<typeof createTemporaryFolder>[0], rows = 3, merchantId = 'shop') {
  const folder = join(await createTemporaryFolder(t), "the merchant's files");
  await mkdir(folder);
  const sample = await writeSampleFile(folder, rows);
  const path = join(folder, 'march cards.csv');
  await rename(sample.path, path);
  return { path, run: `cardlift run '${path.replaceAll("'", "'\\''")}' --merchant-id ${merchantId}` };
}

/** The batch's status, or its phase while it runs. */
async function stateOf(desk: Desk): Promise<string> {
  const { status } = await desk.ask('cardlift status shop --json');
  return String(status);
}

type Effect = readonly [exitCode: number, state: string];

/** What each printed command must do; the first match counts. */
const usualEffects: readonly (readonly [command: RegExp, effect: Effect])[] = [
  [/ --(?:resume|approve)\b/, [0, 'finished']],
  [/^cardlift (?:run|redrive) .* --cancel$/, [3, 'cancelled']],
  [/^cardlift cancel \S+$/, [0, 'cancelled']],
  [/^cardlift run /, [0, 'finished']],
  [/^cardlift redrive \S+$/, [0, 'finished']],
];

/** Types commands that each report on the state. Returns all commands that they print. */
async function gather(desk: Desk, texts: readonly string[], commands: readonly string[]): Promise<string[]> {
  const outputs = [...texts];
  for (const command of commands) outputs.push((await desk.type(command)).output);
  return readPrintedCommands(outputs.join('\n'));
}

const isReadOnly = (command: string): boolean => /^cardlift (?:status|results|report) /.test(command);

/** Types each command in a copy of the state, unless it only reads, and checks its effect. */
async function typeEach(
  desk: Desk,
  commands: readonly string[],
  effects: readonly (readonly [RegExp, Effect])[] = [],
): Promise<void> {
  for (const command of commands.filter(isReadOnly)) {
    const { exitCode, output } = await desk.type(command);
    assert.equal(exitCode, 0, `${command}\n${output}`);
  }
  const waiting = commands.filter((command) => !isReadOnly(command));
  const typeNext = async (): Promise<void> => {
    for (let command = waiting.shift(); command !== undefined; command = waiting.shift()) {
      const next = command;
      const effect = [...effects, ...usualEffects].find(([pattern]) => pattern.test(next))?.[1];
      assert.ok(effect !== undefined, `No effect is known of: ${command}`);
      const copy = await desk.copy();
      desks.push(copy);
      const { exitCode, output } = await copy.type(command);
      assert.equal(exitCode, effect[0], `${command}\n${output}`);
      assert.equal(await stateOf(copy), effect[1], command);
    }
  };
  // One after another, since copies of one embedded Temporal would use the same port.
  await typeNext();
}

const endings = (commands: readonly string[], run: string): string[] =>
  commands.map((command) => (command.startsWith(run) ? `run${command.slice(run.length)}` : command)).sort();

const steering = ['resume', 'approve', 'pause', 'cancel', 'watch'].map((name) => `cardlift ${name} shop`);

test('on a hold after its run and its Temporal have ended', async (t) => {
  const desk = await open();
  const { run } = await writeFile(t);
  await simulator.settings({ isAuthorizationValid: false });
  const held = await desk.type(`${run} --yes`);
  assert.equal(held.exitCode, 3, held.output);
  const { batch_id: id } = await desk.ask('cardlift status shop --json');
  const printed = await gather(
    desk,
    [held.output],
    [
      'cardlift status shop',
      ...steering,
      'cardlift set-tolerance shop 40',
      'cardlift set-rate shop 5',
      'cardlift results shop',
      `${run} --amount 77`,
    ],
  );
  assert.deepEqual(endings(printed, run), [
    `cardlift results ${id} --partial`,
    `cardlift status ${id}`,
    'run',
    'run --cancel',
    'run --resume',
    'run --resume --tolerate 40',
  ]);
  await simulator.settings({ isAuthorizationValid: true });
  // Without --resume, a batch on hold only repeats its report.
  await typeEach(desk, printed, [[/--merchant-id shop$/, [3, 'open']]]);
});

test('on a hold that only a cancel ends', async (t) => {
  const desk = await open();
  const { run } = await writeFile(t);
  await simulator.settings({ isLive: true });
  const held = await desk.type(`${run} --yes`);
  assert.equal(held.exitCode, 3, held.output);
  const { requests } = await simulator.stats();
  const printed = await gather(desk, [held.output], ['cardlift status shop', ...steering, `${run} --resume`]);
  assert.deepEqual(endings(printed, run), ['run --cancel']);
  await typeEach(desk, printed);
  assert.equal((await simulator.stats()).requests, requests, 'nothing more was charged');
});

test('when the canary waits for approval', async (t) => {
  const desk = await open();
  const { run } = await writeFile(t);
  const held = await desk.type(`${run} --yes --canary 1`);
  assert.equal(held.exitCode, 3, held.output);
  const printed = await gather(desk, [held.output], ['cardlift status shop', 'cardlift resume shop']);
  assert.deepEqual(endings(printed, run), ['run --approve', 'run --cancel']);
  await typeEach(desk, printed);
});

test('when a run is paused, and when it is then interrupted', async (t) => {
  const desk = await open();
  const { run } = await writeFile(t, 60);
  await simulator.settings({ latencyMs: 400 });
  await desk.type(`${run} --yes --concurrency 2 >run.log 2>&1 &`);
  const sent = async () => ((await simulator.stats()).requests > 2 ? true : undefined);
  await simulator.reset();
  await eventually('rows being sent', sent);
  const paused = await desk.type('cardlift pause shop');
  assert.equal(paused.exitCode, 0, paused.output);
  await eventually('the word of it', async () =>
    /is paused\. To resume/.test((await desk.type('cat run.log')).output) ? true : undefined,
  );
  const [resume = '', ...others] = await gather(desk, [], ['cat run.log', 'cardlift status shop']);
  assert.match(resume, /^cardlift resume cardlift\/shop\//);
  assert.deepEqual(others, []);
  // Rows are left to send when the next commands are typed, also on a slow machine. A request may
  // take two seconds.
  await simulator.settings({ latencyMs: 1_500 });
  // Typed while the run exists, and in a copy after it has ended.
  assert.equal((await desk.type(resume)).exitCode, 0);
  assert.equal((await desk.type('cardlift pause shop')).exitCode, 0);
  await desk.type('kill -INT -- -$(jobs -p); wait');
  const printed = await gather(desk, [], ['sed "1,/^Stopping/d" run.log']);
  assert.deepEqual(endings(printed, run), ['run --resume']);
  await simulator.settings({ latencyMs: 0 });
  await typeEach(desk, printed);
});

test('when a batch was claimed and never staged, with a Temporal that has no worker, and with none', async (t) => {
  const desk = await open();
  const { path, run } = await writeFile(t);
  const start = `cardlift start '${path.replaceAll("'", "'\\''")}' --merchant-id shop --yes`;
  const started = await desk.type(`TEMPORAL_ADDRESS=${temporal.address} ${start}`);
  assert.equal(started.exitCode, 0, started.output);
  assert.deepEqual(endings(readPrintedCommands(started.output), run), ['cardlift worker', 'run']);
  const { batch_id: id } = await desk.ask('cardlift status shop --json');
  const printed = await gather(desk, [started.output], ['cardlift status shop', 'cardlift results shop']);
  assert.deepEqual(endings(printed, run), [
    `cardlift cancel ${id}`,
    `cardlift status ${id}`,
    'cardlift worker',
    'run',
  ]);
  await typeEach(
    desk,
    printed.filter((command) => command !== 'cardlift worker'),
  );

  // Here the named worker does the work, on the Temporal server that has the batch.
  await desk.type(`export TEMPORAL_ADDRESS=${temporal.address}`);
  const paused = await desk.type('cardlift pause shop');
  assert.equal(paused.exitCode, 4, paused.output);
  const [, worker = ''] = /^ {2}(cardlift worker)$/m.exec(paused.output) ?? [];
  await desk.type(`${worker} >worker.log 2>&1 &`);
  const watched = await desk.type('cardlift watch shop');
  assert.equal(watched.exitCode, 0, watched.output);
});

test('when the batch has completed or was cancelled', async (t) => {
  const desk = await open();
  const { run } = await writeFile(t);
  const held = await desk.type(`${run} --yes --canary 1`);
  const [cancel = ''] = readPrintedCommands(held.output).filter((command) => command.endsWith('--cancel'));
  assert.equal((await desk.type(cancel)).exitCode, 3);
  const printed = await gather(desk, [], [`${run} --yes`, ...steering]);
  assert.deepEqual(printed.map((command) => command.replace(/ cardlift\/.*/, '')).sort(), [
    'cardlift redrive',
    'cardlift results',
  ]);
  // It shows the rows and the charges, and asks; no operator is here to agree.
  await typeEach(desk, printed, [[/^cardlift redrive/, [2, 'cancelled']]]);
});

test('when a later pass is open', async (t) => {
  const desk = await open();
  const { run } = await writeFile(t);
  assert.equal((await desk.type(`${run} --yes --canary 1`)).exitCode, 3);
  assert.equal((await desk.type(`${run} --cancel`)).exitCode, 3);
  await simulator.settings({ isAuthorizationValid: false });
  const held = await desk.type('cardlift redrive shop --yes');
  assert.equal(held.exitCode, 3, held.output);
  await simulator.settings({ isAuthorizationValid: true });
  await desk.type(`printf 'merchant_ref,resolution\\n' > unresolved.csv`);
  const printed = await gather(
    desk,
    [held.output],
    [
      'cardlift status shop',
      'cardlift resume shop',
      'cardlift cancel shop',
      'cardlift resolve shop unresolved.csv',
      'cardlift purge shop --yes',
      'cardlift redrive shop --include soft-declines --yes',
    ],
  );
  assert.deepEqual(printed.map((command) => command.replace(/ cardlift\/\S+/, '')).sort(), [
    'cardlift redrive',
    'cardlift redrive --cancel',
    'cardlift redrive --resume',
  ]);
  await typeEach(desk, printed, [[/^cardlift redrive \S+$/, [3, 'open']]]);
});

test('on a hold under a permanent worker with a run beside it', async (t) => {
  const desk = await open({ TEMPORAL_ADDRESS: temporal.address });
  await desk.type('cardlift worker >worker.log 2>&1 &');
  await eventually('the worker', async () =>
    /Working for/.test((await desk.type('cat worker.log')).output) ? true : undefined,
  );
  for (const [control, state] of [
    ['approve', 'finished'],
    ['cancel', 'cancelled'],
  ] as const) {
    const { run } = await writeFile(t, 3, control);
    const held = await desk.type(`${run} --yes --canary 1 --batch ${control}`);
    assert.equal(held.exitCode, 3, held.output);
    const watched = await desk.type(`cardlift watch ${control}`);
    for (const { output } of [held, watched]) {
      assert.deepEqual(endings(readPrintedCommands(output), run), [
        `cardlift approve cardlift/${control}/${control}`,
        `cardlift cancel cardlift/${control}/${control}`,
        'run --approve',
        'run --cancel',
      ]);
    }
    const typed = await desk.type(`cardlift ${control} cardlift/${control}/${control}`);
    assert.equal(typed.exitCode, 0, typed.output);
    const [monitor = `cardlift watch ${control}`] = readPrintedCommands(typed.output);
    await desk.type(monitor);
    const { status } = await desk.ask(`cardlift status ${control} --json`);
    assert.equal(status, state);
  }
});
