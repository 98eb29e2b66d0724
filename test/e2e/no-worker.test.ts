import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCardliftSite } from '../support/cardlift-process.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

test('a control that needs a worker says so when none is running, and takes no hold when one comes', async (t) => {
  const temporal = await startTemporalServer();
  t.after(() => temporal.stop());
  const simulator = await startSimulatorProcess();
  t.after(() => simulator.stop());
  const site = await createCardliftSite({ baseUrl: simulator.baseUrl, temporalAddress: temporal.address });
  t.after(() => site.remove());

  const file = await writeSampleFile(site.folder, 5);
  const flags = ['--merchant-id', site.merchantId, '--batch', 'alone', '--yes'];
  const started = await site.start(['start', file.path, ...flags]).exited;
  assert.equal(started.code, 0, started.stderr);
  assert.match(started.stderr, /No worker is running/);
  const paused = await site.start(['pause', 'alone']).exited;
  assert.equal(paused.code, 4);
  assert.match(paused.stderr, /No worker is running/);
  const status = await site.start(['status', 'alone']).exited;
  assert.equal(status.code, 0, status.stderr);
  assert.match(status.stdout, /running \(no worker is running for it\)/);
  assert.equal((await simulator.stats()).requests, 0);

  site.start(['worker']);
  const watched = await site.start(['watch', 'alone']).exited;
  assert.equal(watched.code, 0, watched.stderr);
  assert.equal((await simulator.stats()).requests, file.rows.length);
});
