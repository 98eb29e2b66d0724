/*
 * On the real server: the time-skipping one does not inform a batch that its shard was terminated.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import { eventually } from '../support/condition.ts';
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts';
import { MockedActivities } from './mocked-activities.ts';
import { openWorkflowStage, type WorkflowStage } from './workflow-stage.ts';

let server: TemporalServer;
let stage: WorkflowStage;
before(async () => {
  server = await startTemporalServer();
  const { address } = server;
  stage = await openWorkflowStage(() => TestWorkflowEnvironment.createFromExistingServer({ address }));
});
after(async () => {
  await stage.stop();
  await server.stop();
});

test('a shard that is terminated makes the batch hold, and after resume its other rows are sent', async () => {
  const mocked = new MockedActivities(4);
  let isTerminated = false;
  mocked.answer = async ({ row }) => {
    if (row === 3 && !isTerminated) await new Promise(() => undefined);
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    await eventually('row 3', () => (mocked.sentRows.includes(3) ? true : undefined));
    const shard = stage.environment.client.workflow.getHandle(shardWorkflowIdOf(batch.batchId, 1, 1));
    await shard.terminate('by a person');
    isTerminated = true;
    const { hold } = await batch.reach('on_hold');
    assert.deepEqual(
      [hold?.code, hold?.text],
      ['storage_failed', 'The workflow of shard 1 was ended from outside'],
    );
    await batch.control('resume');
    assert.deepEqual((await batch.result()).counts, { tokenized: 4 });
    assert.deepEqual(mocked.sentRows, [1, 2, 3, 3, 4]);
  });
});
