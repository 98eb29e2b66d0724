/* `run` starts Temporal while it asks. Until the operator agrees, that must have no other effect. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findLiveDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { createCardliftSite, type TypedProcess } from '../support/cardlift-process.ts';
import { eventually } from '../support/condition.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';

/** `run` at its question, with its Temporal running. */
async function startAtQuestion(t: TestContext) {
  const simulator = await startSimulatorProcess({});
  t.after(() => simulator.stop());
  const site = await createCardliftSite({ baseUrl: simulator.baseUrl });
  t.after(() => site.remove());
  const file = await writeSampleFile(site.folder, 3);
  const run = site.startOnTerminal(['run', file.path, '--merchant-id', site.merchantId]);
  await run.waitForLine(/Start the batch\?/);
  await eventually('the Temporal that run starts', () => findLiveDevServer(site.home));
  return { simulator, site, run, file };
}

for (const [how, leave, code] of [
  ['answered with no', (run: TypedProcess) => run.type('n\r'), 2],
  ['interrupted', (run: TypedProcess) => run.type('\u0003'), 130],
] as const) {
  test(`a question that is ${how} sends nothing, records no batch, and leaves no Temporal running`, async (t) => {
    const { simulator, site, run } = await startAtQuestion(t);
    leave(run);
    assert.equal((await run.exited).code, code, run.stdout);
    assert.equal(await findLiveDevServer(site.home), undefined);
    assert.equal((await simulator.stats()).requests, 0);
    const list = await site.start(['list', '--json']).exited;
    assert.deepEqual(JSON.parse(list.stdout), []);
  });
}

test('a question that is answered with yes uses the Temporal that was started, and stops it at the end', async (t) => {
  const { site, run } = await startAtQuestion(t);
  const before = await findLiveDevServer(site.home);
  run.type('y\r');
  await run.waitForLine(/Temporal {2}http/);
  assert.deepEqual(await findLiveDevServer(site.home), before);
  assert.equal((await run.exited).code, 0, run.stdout);
  assert.equal(await findLiveDevServer(site.home), undefined);
});

test('a run that cannot ask, and a file that is refused, start no Temporal', async (t) => {
  const simulator = await startSimulatorProcess({});
  t.after(() => simulator.stop());
  const site = await createCardliftSite({ baseUrl: simulator.baseUrl });
  t.after(() => site.remove());
  const file = await writeSampleFile(site.folder, 3);
  const unasked = await site.start(['run', file.path, '--merchant-id', site.merchantId]).exited;
  assert.equal(unasked.code, 2, unasked.stderr);
  const refused = await site.startRun(join(site.folder, 'missing.csv')).exited;
  assert.equal(refused.code, 2, refused.stderr);
  assert.equal(existsSync(join(site.home, 'temporal.log')), false);
});
