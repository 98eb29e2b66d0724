/*
 * Batches that send only during some hours. The worker's clock is moved to the opening or the
 * closing.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import type { ShardProgress } from '../../src/contract/shard-messages.ts';
import {
  approveUpdateName,
  type MigrateBatchResult,
  pauseUpdateName,
  progressQueryName,
  resumeUpdateName,
} from '../../src/contract/workflows.ts';
import { cancelBatch, controlBatch, readProgress } from '../../src/temporal/batch-client.ts';
import { eventually } from '../support/condition.ts';
import { openRecordingStudio, type RecordedRow } from '../support/recording-studio.ts';
import { createWindowClock } from '../support/window-clock.ts';

const clock = createWindowClock();
const studio = await openRecordingStudio(() => clock.nowMs());
const { client, simulator } = studio;
after(() => studio.close());

const operator = { who: 'a test' };
const good = (count: number): RecordedRow[] => Array.from({ length: count }, () => 'good');
const charges = (): number => simulator.ledger().charges.length;

async function untilPhase(batchId: string, phase: string): Promise<void> {
  await eventually(phase, async () => {
    const progress = await readProgress(client, batchId).catch(() => undefined);
    return progress?.phase === phase ? true : undefined;
  });
}

test('a batch waits for its hours, through pause and resume, and sends when they begin, a canary first', async () => {
  const before = charges();
  const batchId = await studio.start('opening', good(6), { window: clock.openingIn(1_000), canaryRows: 2 });
  await eventually('the hours looked at', async () => {
    const progress = await readProgress(client, batchId).catch(() => undefined);
    return progress?.phase === 'waiting_for_window' && progress.window?.changesAtMs !== undefined
      ? true
      : undefined;
  });
  assert.equal(await controlBatch(client, batchId, pauseUpdateName, operator), 'paused');
  assert.equal(await controlBatch(client, batchId, resumeUpdateName, operator), 'waiting_for_window');
  await assert.rejects(controlBatch(client, batchId, resumeUpdateName, operator));
  assert.equal(charges(), before, 'nothing is sent before');

  clock.reachBoundary();
  await untilPhase(batchId, 'waiting_for_approval');
  assert.equal(charges(), before + 2);
  await controlBatch(client, batchId, approveUpdateName, operator);
  const result = (await client.workflow.getHandle(batchId).result()) as MigrateBatchResult;
  assert.deepEqual(result.counts, { tokenized: 6 });
});

test('when its hours end, the rows in flight finish and no other is sent; a cancel then closes the batch', async () => {
  simulator.change({ latencyMs: 100 });
  const before = charges();
  const batchId = await studio.start('closing', good(200), { window: clock.closingIn(1_000) });
  await studio.reachCharges(1);
  clock.reachBoundary();
  await untilPhase(batchId, 'waiting_for_window');
  const shard = client.workflow.getHandle(shardWorkflowIdOf(batchId, 1, 1));
  const sent = await eventually('the rows in flight', async () => {
    const { rowsInFlight } = await shard.query<ShardProgress>(progressQueryName);
    return rowsInFlight === 0 ? charges() : undefined;
  });
  assert.ok(sent - before < 200, 'it was closed in mid-batch');
  await cancelBatch(client, batchId);
  await assert.rejects(client.workflow.getHandle(batchId).result());
  const { counts } = await readProgress(client, batchId);
  assert.deepEqual(counts, { tokenized: sent - before, not_sent: 200 - (sent - before) });
  assert.equal(charges(), sent, 'nothing was sent after the closing');
});
