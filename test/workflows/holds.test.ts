import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TokenizeRowResult } from '../../src/contract/activities.ts';
import { cancelOnlyFailure } from '../../src/contract/failure-types.ts';
import { eventually } from '../support/condition.ts';
import { createGate } from './gate.ts';
import { holdFailure, MockedActivities } from './mocked-activities.ts';
import { openWorkflowStage, type WorkflowStage } from './workflow-stage.ts';

const tokenized: TokenizeRowResult = { outcome: 'tokenized' };
const holdReason = { code: 'ambiguous_answers', text: 'unclear answers', count: 5 } as const;

let stage: WorkflowStage;
before(async () => {
  stage = await openWorkflowStage();
});
after(() => stage.stop());

test('a row that makes the batch hold is sent again after resume, as a probe, and nothing is sent meanwhile', async () => {
  const mocked = new MockedActivities(6);
  let isSetUpRight = false;
  mocked.answer = ({ row }) => {
    if (row === 2 && !isSetUpRight) throw holdFailure('set_up_wrong');
    return tokenized;
  };
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    const { hold } = await batch.reach('on_hold');
    assert.equal(hold?.code, 'set_up_wrong');
    // The shard reports its counts after the hold.
    await eventually('the count of row 1', async () => (await batch.progress()).counts.tokenized === 1);
    assert.deepEqual(mocked.sentRows, [1, 2]);
    const sentBefore = mocked.sent.length;
    isSetUpRight = true;
    await batch.control('resume');
    assert.deepEqual((await batch.result()).counts, { tokenized: 6 });
    assert.deepEqual(mocked.sentRows.slice(sentBefore), [2, 3, 4, 5, 6]);
    const { holdGeneration, isProbe } = mocked.sent[sentBefore] ?? {};
    assert.deepEqual([holdGeneration, isProbe], [1, true]);
    assert.deepEqual(
      mocked.audit.map(({ act }) => act),
      ['hold', 'resume'],
    );
  });
});

test('a row whose answer makes the batch hold keeps its outcome, and is not sent again', async () => {
  const mocked = new MockedActivities(4);
  mocked.answer = ({ row }) => (row === 2 ? { outcome: 'unknown', hold: holdReason } : tokenized);
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    await batch.reach('on_hold');
    await batch.control('resume');
    assert.deepEqual((await batch.result()).counts, { tokenized: 3, unknown: 1 });
    assert.deepEqual(mocked.sentRows, [1, 2, 3, 4]);
  });
});

test('a row that was sent before a resume, and is answered after it, does not hold the batch again', async () => {
  const mocked = new MockedActivities(5);
  const answered = createGate();
  // Row 3 has its intent when the batch holds: it is in flight until it is answered.
  mocked.hasIntent = ({ row }) => row === 3;
  mocked.answer = async ({ row, holdGeneration }) => {
    if (row === 2 && holdGeneration === undefined) {
      await eventually('row 3', () => (mocked.sentRows.includes(3) ? true : undefined));
      throw holdFailure('set_up_wrong');
    }
    if (row !== 3) return tokenized;
    await answered.passed;
    return { outcome: 'unknown', hold: holdReason };
  };
  await stage.run(mocked.create(), { concurrency: 2 }, async (batch) => {
    await batch.reach('on_hold');
    await mocked.askedToCancel(3);
    await batch.control('resume');
    answered.open();
    assert.deepEqual((await batch.result()).counts, { tokenized: 4, unknown: 1 });
    assert.deepEqual(
      mocked.audit.map(({ act }) => act),
      ['hold', 'resume'],
    );
  });
});

test('a batch that cannot be staged holds, and is staged after resume', async () => {
  const mocked = new MockedActivities(2);
  const staging = { isPossible: false };
  const { stageBatch } = mocked.create();
  const activities = mocked.create({
    stageBatch: async (input) => {
      if (!staging.isPossible) throw ApplicationFailure.nonRetryable('no space left');
      return await stageBatch(input);
    },
  });
  await stage.run(activities, {}, async (batch) => {
    const { hold } = await batch.reach('on_hold');
    assert.deepEqual([hold?.code, hold?.text], ['storage_failed', 'no space left']);
    staging.isPossible = true;
    await batch.control('resume');
    assert.deepEqual((await batch.result()).counts, { tokenized: 2 });
  });
});

test('results that cannot be published make the batch hold, and are published after resume', async () => {
  const mocked = new MockedActivities(2);
  const publishing = { isPossible: false };
  const { publishResults } = mocked.create();
  const activities = mocked.create({
    publishResults: async (input) => {
      if (!publishing.isPossible) throw holdFailure('publication_failed');
      return await publishResults(input);
    },
  });
  await stage.run(activities, {}, async (batch) => {
    await batch.reach('on_hold');
    publishing.isPossible = true;
    assert.equal(await batch.control('resume'), 'publishing');
    assert.deepEqual((await batch.result()).counts, { tokenized: 2 });
    assert.deepEqual(mocked.sentRows, [1, 2]);
  });
});

test('a hold that only a cancel ends refuses the resume, and the batch closes its other rows as not sent', async () => {
  const mocked = new MockedActivities(3);
  mocked.answer = () => ({ outcome: 'tokenized', hold: { ...holdReason, code: 'is_live_disagrees' } });
  await stage.run(mocked.create(), {}, async (batch) => {
    await batch.reach('on_hold');
    await assert.rejects(batch.control('resume'), (error: WorkflowUpdateFailedError) => {
      assert.ok(error.cause instanceof ApplicationFailure);
      assert.equal(error.cause.type, cancelOnlyFailure);
      return true;
    });
    await batch.handle.cancel();
    await assert.rejects(batch.result());
    assert.equal((await batch.handle.describe()).status.name, 'CANCELLED');
    const { phase, counts } = await batch.progress();
    assert.deepEqual([phase, counts], ['cancelled', { tokenized: 1, not_sent: 2 }]);
  });
});
