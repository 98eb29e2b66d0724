import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import { type CardliftSite, createCardliftSite } from '../support/cardlift-process.ts';
import { eventually } from '../support/condition.ts';
import { compareSample } from '../support/kill-and-go-on.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

const concurrency = 4;
const flags = ['--concurrency', String(concurrency)];
/** This many in succession make a batch hold. */
const ambiguousAnswersToHold = 5;
/**
 * At 13 rows a second, a batch of this size is still in the middle when the gateway has changed.
 */
const rows = 200;
const slowMs = 300;
const quickMs = 10;
const temporal = await startTemporalServer();
const ledgerFolder = await mkdtemp(join(tmpdir(), 'cardlift-ledger-'));
const simulator = await startSimulatorProcess({ ledgerFile: join(ledgerFolder, 'ledger.jsonl') });
let site: CardliftSite;

beforeEach(async () => {
  await simulator.reset();
  await simulator.settings({ forcedFault: null, latencyMs: slowMs });
  site = await createCardliftSite({ baseUrl: simulator.baseUrl, temporalAddress: temporal.address });
});
afterEach(() => site.remove());
after(async () => {
  await simulator.stop();
  await temporal.stop();
  await rm(ledgerFolder, { recursive: true, force: true });
});

async function reachCharges(wanted: number): Promise<void> {
  await eventually(`${wanted} charges`, async () =>
    (await simulator.stats()).charges >= wanted ? true : undefined,
  );
}

test('a gateway that refuses connections for a while costs only time, except for the answers that it cut off', async () => {
  const file = await writeSampleFile(site.folder, rows);
  const run = site.startRun(file.path, [...flags, '--batch', 'outage']);
  await reachCharges(20);
  const { charges: before } = await simulator.stats();
  assert.ok(before < rows, 'the gateway goes in mid-batch');
  await simulator.stop();
  const shard = shardWorkflowIdOf(`cardlift/${site.merchantId}/outage`, 1, 1);
  await eventually('rows that were refused three times', async () => {
    const { raw } = await temporal.client.workflow.getHandle(shard).describe();
    const refused = (raw.pendingActivities ?? []).filter(({ attempt }) => (attempt ?? 0) > 3);
    return refused.length > 0 ? refused : undefined;
  });
  await simulator.restart();
  await simulator.settings({ latencyMs: quickMs });
  const exit = await run.exited;

  const { counts, unknownRows, charges } = await compareSample(simulator, site, file);
  const unanswered = charges.filter(({ answered }) => !answered).length;
  assert.ok(unknownRows.length >= unanswered && unknownRows.length <= concurrency, `unknown: ${unknownRows}`);
  assert.equal(counts.tokenized, file.rows.length - unknownRows.length);
  assert.equal(exit.code, unknownRows.length === 0 ? 0 : 1, exit.stderr);
});

test('a gateway that starts to answer only HTTP 500 holds the batch while few rows are unknown; once it is fixed, the rest is tokenized', async () => {
  const file = await writeSampleFile(site.folder, rows);
  const first = site.startRun(file.path, flags);
  await reachCharges(20);
  await simulator.settings({ forcedFault: 'error-after' });
  const held = await first.exited;
  assert.equal(held.code, 3, held.stderr);
  const { hold } = JSON.parse(held.stdout) as { hold: { code: string; count: number } };
  assert.equal(hold.code, 'ambiguous_answers');
  const { byStatus } = await simulator.stats();
  const broken = byStatus['500'] ?? 0;
  const most = ambiguousAnswersToHold + concurrency - 1;
  assert.ok(broken >= ambiguousAnswersToHold && broken <= most, `${broken} requests met HTTP 500`);

  await simulator.settings({ forcedFault: null, latencyMs: quickMs });
  const second = await site.startRun(file.path, [...flags, '--resume']).exited;
  assert.equal(second.code, 1, second.stderr);
  const { counts } = await compareSample(simulator, site, file);
  assert.deepEqual(counts, { tokenized: file.rows.length - broken, unknown: broken });
  assert.equal((await simulator.stats()).requests, file.rows.length, 'nothing was sent again');
});
