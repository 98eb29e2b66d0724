/* Rows that have an open intent when they are to be sent: their owner may still be sending them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inFlight } from '../../src/contract/activities.ts';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import type { ShardProgress } from '../../src/contract/shard-messages.ts';
import { progressQueryName } from '../../src/contract/workflows.ts';
import { eventually } from '../support/condition.ts';
import { createGate } from './gate.ts';
import { MockedActivities } from './mocked-activities.ts';
import { openWorkflowStage, type WorkflowStage } from './workflow-stage.ts';

let stage: WorkflowStage;
before(async () => {
  stage = await openWorkflowStage();
});
after(() => stage.stop());

/** Answers some rows as in flight the first time, and every other one with a token. */
function answerOpen(mocked: MockedActivities, ...rows: readonly number[]): void {
  mocked.answer = ({ row }) => ({
    outcome:
      rows.includes(row) && mocked.sentRows.filter((one) => one === row).length === 1
        ? inFlight
        : 'tokenized',
  });
}

test('a row in flight has no outcome until the closing decides, and is not in the rows that were answered', async () => {
  const mocked = new MockedActivities(4);
  const answered = createGate();
  answerOpen(mocked, 2);
  const { answer } = mocked;
  mocked.answer = async (input) => {
    if (input.row === 4) await answered.passed;
    return await answer(input);
  };
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    await eventually('row 4', () => (mocked.sentRows.includes(4) ? true : undefined));
    const shard = stage.environment.client.workflow.getHandle(shardWorkflowIdOf(batch.batchId, 1, 1));
    assert.deepEqual(await shard.query<ShardProgress>(progressQueryName), {
      counts: { tokenized: 2 },
      rowsWaiting: 0,
      rowsInFlight: 2,
    });
    answered.open();
    assert.deepEqual((await batch.result()).counts, { tokenized: 3, unknown: 1 });
    assert.deepEqual(
      mocked.closings.map((closing) => closing.answered),
      [
        [
          [1, 1],
          [3, 4],
        ],
      ],
    );
  });
});

test('a row in flight that its owner did not send after all is sent after the first closing', async () => {
  const mocked = new MockedActivities(3);
  answerOpen(mocked, 2);
  mocked.decide = () => undefined;
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    assert.deepEqual((await batch.result()).counts, { tokenized: 3 });
    assert.deepEqual(mocked.sentRows, [1, 2, 3, 2]);
    assert.deepEqual(mocked.closings.at(-1)?.answered, [[1, 3]]);
  });
});

test('a canary counts a row in flight as sent: the closing decides it, and then the canary waits for approval', async () => {
  const mocked = new MockedActivities(6);
  answerOpen(mocked, 1, 3);
  await stage.run(mocked.create(), { canaryRows: 3, concurrency: 1 }, async (batch) => {
    const { hold } = await batch.reach('waiting_for_approval');
    assert.equal(hold?.text, 'The first 3 rows were sent: 1 tokenized, 2 unknown');
    assert.deepEqual([mocked.sentRows, mocked.closings.length], [[1, 2, 3], 1]);
    await batch.control('approve');
    assert.deepEqual((await batch.result()).counts, { tokenized: 4, unknown: 2 });
    assert.deepEqual(mocked.sentRows, [1, 2, 3, 4, 5, 6]);
  });
});

test('a canary whose row in flight was not sent after all sends it, and not one row more', async () => {
  const mocked = new MockedActivities(5);
  answerOpen(mocked, 2);
  mocked.decide = () => undefined;
  await stage.run(mocked.create(), { canaryRows: 2, concurrency: 1 }, async (batch) => {
    const { hold } = await batch.reach('waiting_for_approval');
    assert.deepEqual([hold?.count, mocked.sentRows], [2, [1, 2, 2]]);
  });
});

test('a shard whose rows are all in flight is closed, and the batch ends', async () => {
  const mocked = new MockedActivities(3);
  answerOpen(mocked, 1, 2, 3);
  mocked.decide = (row) => (row === 3 ? 'declined' : 'tokenized');
  await stage.run(mocked.create(), {}, async (batch) => {
    assert.deepEqual((await batch.result()).counts, { tokenized: 2, declined: 1 });
    assert.deepEqual(mocked.audit, []);
  });
});
