import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import { type CardliftExit, type CardliftSite, createCardliftSite } from '../support/cardlift-process.ts';
import { eventually } from '../support/condition.ts';
import { compareSample } from '../support/kill-and-go-on.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

const concurrency = 4;
const flags = ['--concurrency', String(concurrency)];
const temporal = await startTemporalServer();
const simulator = await startSimulatorProcess();
let site: CardliftSite;

beforeEach(async () => {
  await simulator.reset();
  await simulator.settings({ latencyMs: 100, isAuthorizationValid: true, isLive: false });
  site = await createCardliftSite({ baseUrl: simulator.baseUrl, temporalAddress: temporal.address });
});
afterEach(() => site.remove());
after(async () => {
  await simulator.stop();
  await temporal.stop();
});

function assertHeld(exit: CardliftExit, code: string): void {
  assert.equal(exit.code, 3, exit.stderr);
  const told = JSON.parse(exit.stdout) as { status: string; hold: { code: string } };
  assert.deepEqual([told.status, told.hold.code], ['on_hold', code]);
  assert.match(exit.stderr, /--resume/, 'the hold says how to go on');
}

test('a key that becomes wrong in mid-batch makes the batch hold; once it is mended every row is tokenized and none failed', async () => {
  const file = await writeSampleFile(site.folder, 50);
  const first = site.startRun(file.path, flags);
  await eventually('20 charges', async () => ((await simulator.stats()).charges >= 20 ? true : undefined));
  await simulator.settings({ isAuthorizationValid: false });
  const held = await first.exited;
  assertHeld(held, 'set_up_wrong');
  assert.match(held.stderr, /401.*PAYMENT_OPTIONS_AUTHORIZATION/);
  const refused = (await simulator.stats()).byStatus['401'] ?? 0;
  assert.ok(refused >= 1 && refused <= concurrency, `${refused} requests went out with the wrong key`);

  await simulator.settings({ isAuthorizationValid: true });
  const second = await site.startRun(file.path, [...flags, '--resume']).exited;
  assert.equal(second.code, 0, second.stderr);
  const { counts } = await compareSample(simulator, site, file);
  assert.deepEqual(counts, { tokenized: file.rows.length });
  assert.equal((await simulator.stats()).requests, file.rows.length + refused);
});

test('a gateway whose first answer says is_live makes a batch that is not live hold after exactly one request', async () => {
  await simulator.settings({ isLive: true });
  const file = await writeSampleFile(site.folder, 20);
  assertHeld(await site.startRun(file.path, flags).exited, 'is_live_disagrees');
  assert.equal((await simulator.stats()).requests, 1);

  await simulator.settings({ isLive: false });
  const second = await site.startRun(file.path, [...flags, '--resume']).exited;
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual((await compareSample(simulator, site, file)).counts, { tokenized: file.rows.length });
  assert.equal((await simulator.stats()).requests, file.rows.length, 'the first row is not sent again');
});

test('a storage that cannot keep notes makes the batch hold before anything is sent; mended, the batch goes on', async () => {
  const file = await writeSampleFile(site.folder, 20);
  const shardFolder = join(site.storageFolder, 'batches', site.merchantId, 'broken', 'pass-1', 'shard-1');
  await mkdir(shardFolder, { recursive: true });
  // Root may write anywhere, so the folder's place is taken by a file.
  await writeFile(join(shardFolder, 'notes'), '');
  assertHeld(await site.startRun(file.path, [...flags, '--batch', 'broken']).exited, 'storage_failed');
  assert.equal((await simulator.stats()).requests, 0);

  await rm(join(shardFolder, 'notes'));
  const second = await site.startRun(file.path, [...flags, '--resume']).exited;
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual((await compareSample(simulator, site, file)).counts, { tokenized: file.rows.length });
});
