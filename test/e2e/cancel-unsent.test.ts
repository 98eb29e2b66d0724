import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { CardliftExit, CardliftSite } from '../support/cardlift-process.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { openSiteStage } from '../support/site-stage.ts';

const { simulator, openSite, temporal } = await openSiteStage();
/** Nothing listens there. */
const noTemporal = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
let site: CardliftSite;

beforeEach(async () => {
  site = await openSite();
});

async function ask(args: readonly string[], code: number, environment = {}): Promise<CardliftExit> {
  const exit = await site.start(args, environment).exited;
  assert.equal(exit.code, code, `${args.join(' ')}: ${exit.stderr}`);
  return exit;
}

/** Claims a file on the Temporal server without a worker. Returns the batch's id. */
async function claim(file: string, more: readonly string[] = []): Promise<string> {
  const { stdout } = await ask(['start', file, '--merchant-id', site.merchantId, '--yes', ...more], 0);
  return stdout.trim();
}

const statusOf = async (batch: string) => JSON.parse((await ask(['status', batch, '--json'], 0)).stdout);
const workflowStatusOf = async (batchId: string): Promise<string> =>
  (await temporal.client.workflow.getHandle(batchId).describe()).status.name;

test('a batch that was claimed and never staged is cancelled while Temporal is gone; its worker sends nothing when it comes back, and the file is a new batch that sends each row once', async () => {
  const file = await writeSampleFile(site.folder, 5);
  const first = await claim(file.path);
  const cancelled = await ask(['cancel', first, '--reason', 'wrong gateway'], 0, noTemporal);
  assert.match(cancelled.stdout, /is cancelled\. Nothing was sent/);
  assert.match(cancelled.stderr, /workflow could not be ended/);
  assert.equal(await workflowStatusOf(first), 'RUNNING');
  const { status, detail, audit } = await statusOf(first);
  assert.deepEqual([status, detail], ['cancelled', 'before anything was sent']);
  assert.deepEqual(
    audit.map(({ act, reason }: { act: string; reason?: string }) => [act, reason]),
    [
      ['start', undefined],
      ['cancel', 'wrong gateway'],
    ],
  );

  const worker = site.start(['worker']);
  await worker.waitForLine(/^Working for/);
  const second = await claim(file.path);
  assert.equal(second, `${first}-2`);
  await ask(['watch', second], 0);
  assert.equal((await simulator.stats()).requests, file.rows.length);
  // The worker of the old Temporal exists and holds the batch. Repeating the command completes the
  // cancel.
  await ask(['cancel', first], 0);
  await ask(['watch', first], 3);
  assert.notEqual(await workflowStatusOf(first), 'RUNNING');
  assert.equal((await simulator.stats()).requests, file.rows.length, 'the old batch sent nothing');
  const listed = JSON.parse((await ask(['list', '--json'], 0)).stdout) as {
    batch_id: string;
    status: string;
  }[];
  assert.deepEqual(
    listed.map((one) => [one.batch_id, one.status]),
    [
      [first, 'cancelled'],
      [second, 'finished'],
    ],
  );
});

test('a cancel without a worker ends the workflow of a batch that was never staged, and a second cancel says the same', async () => {
  const file = await writeSampleFile(site.folder, 3);
  const batchId = await claim(file.path);
  for (const _ of ['first', 'second']) {
    const { stdout } = await ask(['cancel', batchId, '--json'], 0);
    assert.deepEqual(JSON.parse(stdout), { batch_id: batchId, phase: 'cancelled' });
  }
  assert.equal(await workflowStatusOf(batchId), 'TERMINATED');
  for (const [command, code] of [
    ['results', 1],
    ['report', 1],
    ['redrive', 2],
    ['resume', 2],
    ['watch', 3],
  ] as const) {
    const exit = await ask([command, batchId], code);
    assert.match(exit.stderr, /cancelled(?:\.| before)/, command);
  }
  await ask(['purge', batchId, '--yes'], 0);
});

test('run --cancel ends an unsent batch without keys and without Temporal, starts nothing by itself, and a taken name is refused', async () => {
  const file = await writeSampleFile(site.folder, 3);
  const merchant = ['--merchant-id', site.merchantId];
  const nothing = await ask(['run', file.path, ...merchant, '--cancel', '--yes'], 2, noTemporal);
  assert.match(nothing.stderr, /Nothing to cancel/);
  await claim(file.path, ['--batch', 'named']);
  const both = await ask(['run', file.path, ...merchant, '--cancel', '--resume'], 2);
  assert.match(both.stderr, /either --cancel, or/);
  const keyless = { ...noTemporal, PAYMENT_OPTIONS_AUTHORIZATION: '', PAYMENT_OPTIONS_X_API_KEY: '' };
  for (const _ of ['first', 'second']) {
    const exit = await ask(['run', file.path, ...merchant, '--cancel'], 3, keyless);
    assert.match(exit.stdout, /is cancelled\. Nothing was sent/);
  }
  const taken = await site.startRun(file.path, ['--batch', 'named']).exited;
  assert.equal(taken.code, 2, taken.stderr);
  assert.match(taken.stderr, /already used by a cancelled batch/);
  const again = await site.startRun(file.path).exited;
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /This file was the batch .*named, which was cancelled/);
  assert.doesNotMatch(again.stderr, /charged again/);
  assert.equal((await simulator.stats()).requests, 3);
});

test('a batch that was claimed for another gateway is ended by the command that the refusal prints, and runs for the right one', async () => {
  const file = await writeSampleFile(site.folder, 2);
  const wrong = { PAYMENT_OPTIONS_BASE_URL: 'http://127.0.0.1:9' };
  await ask(['start', file.path, '--merchant-id', site.merchantId, '--yes'], 0, wrong);
  const refused = await site.startRun(file.path).exited;
  assert.equal(refused.code, 2, refused.stderr);
  const [, command = ''] = /^ {2}cardlift (cancel \S+)$/m.exec(refused.stderr) ?? [];
  await ask(command.split(' '), 0);
  const ended = await site.startRun(file.path).exited;
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal((await simulator.stats()).requests, 2);
});

test('two starts at once of a file whose batch was cancelled are one new batch', async () => {
  const file = await writeSampleFile(site.folder, 3);
  const first = await claim(file.path);
  await ask(['cancel', first], 0);
  const ids = await Promise.all([claim(file.path), claim(file.path)]);
  assert.deepEqual(ids, [`${first}-2`, `${first}-2`]);
});

test('a batch that was staged is not cancelled from the storage alone: the command that does it is printed, and does it without a further request', async () => {
  const file = await writeSampleFile(site.folder, 6);
  const held = await site.startRun(file.path, ['--canary', '2', '--batch', 'staged']).exited;
  assert.equal(held.code, 3, held.stderr);
  const refused = await ask(['cancel', 'staged'], 4, { TEMPORAL_ADDRESS: '' });
  const [, command = ''] = /^ {2}cardlift (run .* --cancel)$/m.exec(refused.stderr) ?? [];
  // On an empty Temporal server, which has lost the batch.
  const ended = await ask(command.split(' '), 3, { TEMPORAL_ADDRESS: '' });
  assert.match(ended.stdout, /Cancelled: 6 rows: 2 tokenized, 4 not_sent/);
  assert.equal((await simulator.stats()).requests, 2);
});
