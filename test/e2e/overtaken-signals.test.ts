/*
 * Signals may overtake each other on their way to a shard: the newer one wins, in either order of
 * arrival.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import {
  type ShardProgress,
  type ShardSteering,
  steerSignalName,
} from '../../src/contract/shard-messages.ts';
import { pauseUpdateName, progressQueryName, resumeUpdateName } from '../../src/contract/workflows.ts';
import { controlBatch } from '../../src/temporal/batch-client.ts';
import { eventually } from '../support/condition.ts';
import { openRecordingStudio } from '../support/recording-studio.ts';

const studio = await openRecordingStudio();
after(() => studio.close());
const { client, simulator } = studio;
const rows = 12;

test('a paused shard that gets an older resume signal after the pause stays paused, and a newer one resumes it', async () => {
  simulator.change({ latencyMs: 100 });
  const batchId = await studio.start('overtaken', Array(rows).fill('good'));
  await studio.reachCharges(2);
  await controlBatch(client, batchId, pauseUpdateName, { who: 'operator@host' });
  const shard = client.workflow.getHandle(shardWorkflowIdOf(batchId, 1, 1));
  // A query is answered after everything that arrived before it was handled.
  const progress = () => shard.query<ShardProgress>(progressQueryName);
  const { rowsWaiting } = await eventually('the pause', async () => {
    const found = await progress();
    return found.rowsInFlight === 0 ? found : undefined;
  });
  assert.ok(rowsWaiting > 2, 'rows are left to send');

  const goOn: ShardSteering = { go: 'all', concurrency: 2, holdGeneration: 0, tolerancePercent: 100 };
  for (const older of [goOn, { ...goOn, version: 0 }]) {
    await shard.signal(steerSignalName, older);
    const { rowsInFlight, rowsWaiting: stillWaiting } = await progress();
    assert.deepEqual([rowsInFlight, stillWaiting], [0, rowsWaiting], 'nothing was taken to be sent');
  }
  // Versions are times, so that those of a reset batch grow, too.
  await shard.signal(steerSignalName, { ...goOn, version: Date.now() });
  const { rowsInFlight } = await progress();
  assert.equal(rowsInFlight, 2);

  await controlBatch(client, batchId, resumeUpdateName, { who: 'operator@host' });
  await client.workflow.getHandle(batchId).result();
  assert.equal(simulator.ledger().charges.length, rows);
});
