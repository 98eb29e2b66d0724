import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLiveDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { createCardliftSite } from '../support/cardlift-process.ts';
import { killAndGoOn, midBatchLatencyMs, midBatchRows } from '../support/kill-and-go-on.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';

test('a run that is killed with -9 leaves its embedded Temporal running; the same command adopts it, completes the batch, and stops it', async (t) => {
  const simulator = await startSimulatorProcess({ settings: { latencyMs: midBatchLatencyMs } });
  t.after(() => simulator.stop());
  const site = await createCardliftSite({ baseUrl: simulator.baseUrl });
  t.after(() => site.remove());

  await killAndGoOn(simulator, site, await writeSampleFile(site.folder, midBatchRows));
  assert.equal(await findLiveDevServer(site.home), undefined, 'nothing is left running');
});
