import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { CardliftSite } from '../support/cardlift-process.ts';
import {
  compareSample,
  killAndGoOn,
  midBatchFlags,
  midBatchLatencyMs,
  midBatchRows,
  reachMidBatch,
} from '../support/kill-and-go-on.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { openSiteStage } from '../support/site-stage.ts';

const { simulator, openSite } = await openSiteStage({ latencyMs: midBatchLatencyMs });
let site: CardliftSite;

beforeEach(async () => {
  site = await openSite();
});

test('a run killed with -9 in mid-batch goes on with the same command, and only rows in flight are unknown', async () => {
  await killAndGoOn(simulator, site, await writeSampleFile(site.folder, midBatchRows));
});

test('a run that meets Ctrl-C ends its rows in flight with exit code 130; the same command goes on, and no row is unknown', async () => {
  const file = await writeSampleFile(site.folder, midBatchRows);
  const first = site.startRun(file.path, midBatchFlags);
  await reachMidBatch(simulator);
  const interrupted = await first.kill('SIGINT');
  assert.equal(interrupted.code, 130, interrupted.stderr);
  assert.match(interrupted.stderr, /Interrupted\. Nothing is lost/);
  const { requests } = await simulator.stats();
  assert.ok(requests < file.rows.length, 'it was interrupted in mid-batch');

  const second = await site.startRun(file.path, midBatchFlags).exited;
  assert.equal(second.code, 0, second.stderr);
  const { counts } = await compareSample(simulator, site, file);
  assert.deepEqual(counts, { tokenized: file.rows.length });
  assert.equal((await simulator.stats()).requests, file.rows.length, 'each row was sent once');
});
