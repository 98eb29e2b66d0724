import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCardliftSite } from '../support/cardlift-process.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

test('a control that needs a worker says so when none is running, and does not take effect when one comes; a worker that does not answer is not reported as missing', async (t) => {
  const temporal = await startTemporalServer();
  t.after(() => temporal.stop());
  const simulator = await startSimulatorProcess();
  t.after(() => simulator.stop());
  const site = await createCardliftSite({ baseUrl: simulator.baseUrl, temporalAddress: temporal.address });
  t.after(() => site.remove());

  const file = await writeSampleFile(site.folder, 5);
  const flags = ['--merchant-id', site.merchantId, '--batch', 'probe', '--yes'];
  const started = await site.start(['start', file.path, ...flags]).exited;
  assert.equal(started.code, 0, started.stderr);
  assert.match(started.stderr, /No worker is running/);
  const paused = await site.start(['pause', 'probe']).exited;
  assert.equal(paused.code, 4);
  assert.match(paused.stderr, /No worker is running/);
  const status = await site.start(['status', 'probe']).exited;
  assert.equal(status.code, 0, status.stderr);
  assert.match(status.stdout, /running \(no worker is running\)/);
  assert.equal((await simulator.stats()).requests, 0);

  const worker = site.start(['worker']);
  const watched = await site.start(['watch', 'probe']).exited;
  assert.equal(watched.code, 0, watched.stderr);
  assert.equal((await simulator.stats()).requests, file.rows.length);

  // Simulates a worker that is too busy to answer.
  worker.signal('SIGSTOP');
  const other = await writeSampleFile(site.folder, 6);
  const silent = await site.start([
    'start',
    other.path,
    '--merchant-id',
    `${site.merchantId}-other`,
    '--batch',
    'silent',
    '--yes',
  ]).exited;
  assert.equal(silent.code, 0, silent.stderr);
  assert.match(silent.stderr, /No worker answered .*, but one polled for work \d+ s ago/);
  assert.match(
    (await site.start(['status', 'silent']).exited).stdout,
    /running \(no worker answered; one polled for work \d+ s ago and is now busy or stopped\)/,
  );
  worker.signal('SIGCONT');
  assert.equal((await site.start(['watch', 'silent']).exited).code, 0);
});
