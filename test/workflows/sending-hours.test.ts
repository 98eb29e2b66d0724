import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LookAtWindowResult } from '../../src/contract/activities.ts';
import { eventually } from '../support/condition.ts';
import { MockedActivities } from './mocked-activities.ts';
import { openWorkflowStage, type WorkflowStage } from './workflow-stage.ts';

const window = { fromMinute: 0, toMinute: 360, timeZone: 'UTC' };
const hourMs = 3_600_000;

let stage: WorkflowStage;
before(async () => {
  stage = await openWorkflowStage();
});
after(() => stage.stop());

/** What the worker's clock returns at each look; the last time repeats. */
function answersInOrder(...answers: readonly LookAtWindowResult[]): () => Promise<LookAtWindowResult> {
  let next = 0;
  return async () => {
    const answer = answers[Math.min(next, answers.length - 1)];
    next += 1;
    if (answer === undefined) throw new Error('No answer');
    return answer;
  };
}

test('a batch that starts outside its hours sends nothing until they open', async () => {
  const mocked = new MockedActivities(4);
  const lookAtWindow = answersInOrder(
    { isOpen: false, changesInMs: 8 * hourMs },
    { isOpen: true, changesInMs: 6 * hourMs },
  );
  await stage.run(mocked.create({ lookAtWindow }), { window }, async (batch) => {
    const { window: hours, startedAtMs } = await batch.reach('waiting_for_window');
    await eventually('the first look', async () => (await batch.progress()).window?.changesAtMs);
    assert.deepEqual([hours?.isOpen, mocked.sentRows], [false, []]);
    assert.deepEqual((await batch.result()).counts, { tokenized: 4 });
    assert.ok((await stage.environment.currentTimeMs()) - startedAtMs >= 8 * hourMs);
  });
});

test('at the end of its hours a batch gives its rows back, and sends them when the hours open again', async () => {
  const mocked = new MockedActivities(4);
  let isFirst = true;
  const lookAtWindow = answersInOrder(
    { isOpen: true, changesInMs: 2_000 },
    { isOpen: false, changesInMs: 18 * hourMs },
    { isOpen: true, changesInMs: 6 * hourMs },
  );
  mocked.answer = async ({ row }) => {
    if (row === 2 && isFirst) {
      isFirst = false;
      await new Promise(() => undefined);
    }
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create({ lookAtWindow }), { window, concurrency: 1 }, async (batch) => {
    await batch.reach('waiting_for_window');
    assert.deepEqual(mocked.sentRows, [1, 2]);
    assert.deepEqual((await batch.result()).counts, { tokenized: 4 });
    assert.deepEqual(mocked.sentRows, [1, 2, 2, 3, 4]);
  });
});
