/*
 * The same file started twice: by two operators at once, and by one with another storage or
 * account.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import type { CardliftSite } from '../support/cardlift-process.ts';
import { compareSample } from '../support/kill-and-go-on.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { openSiteStage } from '../support/site-stage.ts';

const { simulator, openSite } = await openSiteStage({ latencyMs: 100 });
let site: CardliftSite;

beforeEach(async () => {
  site = await openSite();
});

test('two operators who run one file at the same moment under two names share one batch, and each card is charged once', async () => {
  const file = await writeSampleFile(site.folder, 40);
  const runs = ['one', 'two'].map((name) =>
    site.startRun(file.path, ['--batch', name, '--concurrency', '4', '--out', join(site.folder, name)]),
  );
  for (const run of runs) {
    const exit = await run.exited;
    assert.equal(exit.code, 0, exit.stderr);
  }
  for (const name of ['one', 'two']) {
    const copy = { ...site, outFolder: join(site.folder, name) };
    assert.deepEqual((await compareSample(simulator, copy, file)).counts, { tokenized: 40 });
  }
  assert.equal((await simulator.stats()).requests, 40);
});

for (const [what, environment] of [
  ['another storage', { CARDLIFT_STORAGE: 'other' }],
  ['another account', { CARDLIFT_ACCOUNT: 'other', CARDLIFT_STORAGE: 'other' }],
] as const) {
  test(`a file whose batch Temporal knows from ${what} is refused with exit code 2 and what to set, while it runs and after its end`, async () => {
    const file = await writeSampleFile(site.folder, 100);
    const elsewhere = { ...environment, CARDLIFT_STORAGE: join(site.folder, 'other') };
    // Slow, so that the batch runs until the simulator becomes fast.
    const first = site.startRun(file.path, ['--concurrency', '2', '--rate', '1']);
    await first.waitForLine(/^Temporal /);
    const beside = await site.startRun(file.path, ['--concurrency', '2'], elsewhere).exited;
    assert.equal(beside.code, 2, beside.stderr);
    assert.match(beside.stderr, /with other settings.*its cards could be charged again/s);
    assert.match(beside.stderr, /CARDLIFT_STORAGE/);
    assert.ok((await simulator.stats()).requests < 100, 'the batch runs');
    const quicker = await site.start(['set-rate', site.merchantId, 'none']).exited;
    assert.equal(quicker.code, 0, quicker.stderr);
    assert.equal((await first.exited).code, 0);

    const later = await site.startRun(file.path, [], elsewhere).exited;
    assert.equal(later.code, 2, later.stderr);
    assert.equal((await simulator.stats()).requests, 100, 'nothing was sent again');
    assert.deepEqual((await compareSample(simulator, site, file)).counts, { tokenized: 100 });
  });
}
