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
  speedUp,
} from '../support/kill-and-go-on.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { openSiteStage } from '../support/site-stage.ts';

const { temporal, simulator, openSite } = await openSiteStage({ latencyMs: midBatchLatencyMs });
let site: CardliftSite;

beforeEach(async () => {
  site = await openSite();
});

test('a run that is killed with -9 continues with the same command, and only rows in flight are unknown', async () => {
  await killAndGoOn(simulator, site, await writeSampleFile(site.folder, midBatchRows));
});

test('a run that gets Ctrl-C finishes its rows in flight and exits with 130; the same command continues, and no row is unknown', async () => {
  const file = await writeSampleFile(site.folder, midBatchRows);
  const first = site.startRun(file.path, midBatchFlags);
  await reachMidBatch(simulator);
  const interrupted = await first.kill('SIGINT');
  assert.equal(interrupted.code, 130, interrupted.stderr);
  assert.match(interrupted.stderr, /Interrupted\. Nothing is lost/);
  const { requests } = await simulator.stats();
  assert.ok(requests < file.rows.length, 'it was interrupted in mid-batch');

  await speedUp(simulator);
  const second = await site.startRun(file.path, midBatchFlags).exited;
  assert.equal(second.code, 0, second.stderr);
  const { counts } = await compareSample(simulator, site, file);
  assert.deepEqual(counts, { tokenized: file.rows.length });
  assert.equal((await simulator.stats()).requests, file.rows.length, 'each row was sent once');
});

test('a killed worker’s activities go to another worker after 15 s without a heartbeat; only those over the whole file may take longer', async () => {
  const file = await writeSampleFile(site.folder, 2);
  const exit = await site.startRun(file.path).exited;
  assert.equal(exit.code, 0, exit.stderr);
  const heartbeatTimeouts = new Map<string, number>();
  for await (const { workflowId } of temporal.client.workflow.list()) {
    if (!workflowId.includes(site.merchantId)) continue;
    const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
    for (const { activityTaskScheduledEventAttributes: scheduled } of events ?? []) {
      const name = scheduled?.activityType?.name ?? undefined;
      if (name !== undefined) heartbeatTimeouts.set(name, Number(scheduled?.heartbeatTimeout?.seconds));
    }
  }
  assert.deepEqual(Object.fromEntries([...heartbeatTimeouts].sort()), {
    closeShard: 15,
    openShard: 15,
    publishResults: 60,
    stageBatch: 60,
    tokenizeRow: 15,
  });
});
