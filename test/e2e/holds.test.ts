import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import type { CardliftExit, CardliftSite } from '../support/cardlift-process.ts';
import { eventually } from '../support/condition.ts';
import { compareSample } from '../support/kill-and-go-on.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { openSiteStage } from '../support/site-stage.ts';

const concurrency = 4;
const flags = ['--concurrency', String(concurrency)];
const { simulator, openSite } = await openSiteStage({ latencyMs: 100 });
let site: CardliftSite;

beforeEach(async () => {
  site = await openSite();
});

function assertHeld(exit: CardliftExit, code: string): void {
  assert.equal(exit.code, 3, exit.stderr);
  const reported = JSON.parse(exit.stdout) as { status: string; hold: { code: string } };
  assert.deepEqual([reported.status, reported.hold.code], ['on_hold', code]);
  assert.match(exit.stderr, /--resume/, 'the hold says how to go on');
}

test('a key that becomes wrong while the batch runs holds it; once the key is fixed, every row is tokenized and none failed', async () => {
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

test('a gateway whose first answer says is_live makes a batch that is not live hold after exactly one request; only a cancel ends it, and charges nothing more', async () => {
  await simulator.settings({ isLive: true });
  const file = await writeSampleFile(site.folder, 20);
  const held = await site.startRun(file.path, flags).exited;
  assert.equal(held.code, 3, held.stderr);
  assert.equal(JSON.parse(held.stdout).hold.code, 'is_live_disagrees');
  assert.doesNotMatch(held.stderr, /resume/, 'it offers no resume');
  assert.match(held.stderr, /^ {2}cardlift run .* --cancel$/m);
  assert.equal((await simulator.stats()).requests, 1);

  const status = await site.start(['status', site.merchantId]).exited;
  assert.doesNotMatch(status.stdout, /resume/);
  assert.match(status.stdout, /^ {2}Cancel: cardlift run .* --cancel$/m);

  // Even if the gateway now seems right: the batch was started in the wrong mode.
  await simulator.settings({ isLive: false });
  const resumed = await site.startRun(file.path, [...flags, '--resume']).exited;
  assert.equal(resumed.code, 2, resumed.stderr);
  assert.match(resumed.stderr, /is_live_disagrees.*can only be cancelled:\n {2}cardlift run .* --cancel\n/s);
  assert.equal((await simulator.stats()).requests, 1);

  const worker = site.start(['worker']);
  await worker.waitForLine(/^Working for/);
  const refused = await site.start(['resume', site.merchantId]).exited;
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /can only be cancelled: \n {2}cardlift cancel cardlift\//);
  await worker.kill('SIGTERM');

  const ended = await site.startRun(file.path, ['--cancel']).exited;
  assert.equal(ended.code, 3, ended.stderr);
  assert.deepEqual((await compareSample(simulator, site, file)).counts, { tokenized: 1, not_sent: 19 });
  assert.equal((await simulator.stats()).requests, 1);
});

test('a canary of one row whose answer says is_live holds for that reason, and cannot be approved', async () => {
  await simulator.settings({ isLive: true });
  const file = await writeSampleFile(site.folder, 5);
  const held = await site.startRun(file.path, [...flags, '--canary', '1']).exited;
  assert.equal(held.code, 3, held.stderr);
  assert.equal(JSON.parse(held.stdout).hold.code, 'is_live_disagrees');
  const approved = await site.startRun(file.path, ['--approve']).exited;
  assert.equal(approved.code, 2, approved.stderr);
  assert.equal((await simulator.stats()).requests, 1);
});

test('a storage that cannot keep intents holds the batch before anything is sent; once it is fixed, the batch continues', async () => {
  const file = await writeSampleFile(site.folder, 20);
  const shardFolder = join(site.storageFolder, 'batches', site.merchantId, 'broken', 'pass-1', 'shard-1');
  await mkdir(shardFolder, { recursive: true });
  // Root may write anywhere, so a file takes the folder's place.
  await writeFile(join(shardFolder, 'intents'), '');
  assertHeld(await site.startRun(file.path, [...flags, '--batch', 'broken']).exited, 'storage_failed');
  assert.equal((await simulator.stats()).requests, 0);

  await rm(join(shardFolder, 'intents'));
  const second = await site.startRun(file.path, [...flags, '--resume']).exited;
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual((await compareSample(simulator, site, file)).counts, { tokenized: file.rows.length });
});

test('a canary sends exactly its rows and waits for approval; approved, the others follow, each sent once', async () => {
  const file = await writeSampleFile(site.folder, 30);
  const held = await site.startRun(file.path, [...flags, '--canary', '7', '--batch', 'careful']).exited;
  assert.equal(held.code, 3, held.stderr);
  const reported = JSON.parse(held.stdout) as { status: string; hold: { code: string; count: number } };
  assert.deepEqual(
    [reported.status, reported.hold.code, reported.hold.count],
    ['waiting_for_approval', 'canary_sent', 7],
  );
  assert.match(held.stderr, /7 tokenized/);
  assert.match(held.stderr, /--approve\b/, 'the hold says how to go on');
  assert.equal((await simulator.stats()).requests, 7);

  const resumed = await site.startRun(file.path, [...flags, '--resume']).exited;
  assert.equal(resumed.code, 3, 'a resume is no approval');
  assert.equal((await simulator.stats()).requests, 7);

  const approved = await site.startRun(file.path, [...flags, '--approve', '--reason', 'all well']).exited;
  assert.equal(approved.code, 0, approved.stderr);
  assert.deepEqual((await compareSample(simulator, site, file)).counts, { tokenized: 30 });
  assert.equal((await simulator.stats()).requests, 30);
  assert.deepEqual(await readActs('careful'), [
    'start',
    'hold: The first 7 rows were sent: 7 tokenized',
    'approve: all well',
    'publish',
  ]);
});

test('more rows without a token than tolerated hold the batch soon after the hundredth answer; with a higher tolerance and a resume it completes', async () => {
  await simulator.settings({ latencyMs: 20 });
  const file = await writeSampleFile(site.folder, 240, (row) =>
    row % 3 === 0 ? 'declined-hard' : undefined,
  );
  const held = await site.startRun(file.path, [...flags, '--batch', 'many-declined']).exited;
  assertHeld(held, 'tolerance_passed');
  assert.match(held.stderr, /only 20 % are tolerated/);
  const { requests } = await simulator.stats();
  assert.ok(requests >= 100 && requests <= 140, `${requests} requests went out`);

  const again = [...flags, '--resume', '--tolerate', '40', '--reason', 'old cards'];
  const second = await site.startRun(file.path, again).exited;
  assert.equal(second.code, 1, second.stderr);
  assert.deepEqual((await compareSample(simulator, site, file)).counts, { tokenized: 160, declined: 80 });
  assert.equal((await simulator.stats()).requests, 240, 'no row is sent twice');
  const acts = await readActs('many-declined');
  assert.deepEqual(
    acts.map((act) => act.replace(/^hold: .*/, 'hold')),
    ['start', 'hold', 'set_tolerance: old cards', 'resume: old cards', 'publish'],
  );
});

for (const [fault, code] of [
  ['status-400', 'requests_refused'],
  ['declined-velocity', 'velocity_codes'],
] as const) {
  test(`a gateway that answers ${fault} from the first row makes the batch hold with ${code} after a few rows`, async () => {
    const file = await writeSampleFile(site.folder, 40, () => fault);
    assertHeld(await site.startRun(file.path, flags).exited, code);
    const { requests } = await simulator.stats();
    assert.ok(requests >= 3 && requests <= 3 + concurrency, `${requests} requests went out`);
  });
}

/** The acts in a batch's audit log, with their reasons. */
async function readActs(batch: string): Promise<string[]> {
  const { stdout } = await site.start(['status', batch, '--audit', '--json']).exited;
  const { audit } = JSON.parse(stdout) as { audit: { act: string; reason?: string }[] };
  return audit.map(({ act, reason }) => (reason === undefined ? act : `${act}: ${reason}`));
}
