import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { controlRefusedFailure } from '../../src/contract/failure-types.ts';
import { eventually } from '../support/condition.ts';
import { createGate } from './gate.ts';
import { MockedActivities } from './mocked-activities.ts';
import { openWorkflowStage, type WorkflowStage } from './workflow-stage.ts';

let stage: WorkflowStage;
before(async () => {
  stage = await openWorkflowStage();
});
after(() => stage.stop());

async function assertRefused(control: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(control, (error: unknown) => {
    assert.ok(error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure);
    assert.equal(error.cause.type, controlRefusedFailure);
    assert.match(error.cause.message, message);
    return true;
  });
}

test('a canary sends its rows, waits for the approval, and then the others are sent', async () => {
  const mocked = new MockedActivities(6);
  await stage.run(mocked.create(), { canaryRows: 3 }, async (batch) => {
    const { hold } = await batch.reach('waiting_for_approval');
    assert.deepEqual([hold?.count, mocked.sentRows.toSorted()], [3, [1, 2, 3]]);
    await assertRefused(batch.control('resume'), /canary waits for approval/);
    await batch.control('approve');
    assert.deepEqual((await batch.result()).counts, { tokenized: 6 });
    assert.deepEqual(mocked.sentRows.toSorted(), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(
      mocked.audit.map(({ act, details }) => [act, details]),
      [
        ['hold', { code: 'canary_sent', count: 3 }],
        ['approve', { rows: 3 }],
      ],
    );
  });
});

test('rejected rows do not count for the canary', async () => {
  const mocked = new MockedActivities(8, (row) => row % 2 === 0);
  await stage.run(mocked.create(), { canaryRows: 3 }, async (batch) => {
    await batch.reach('waiting_for_approval');
    assert.deepEqual(mocked.sentRows.toSorted(), [2, 4, 6]);
    await batch.control('approve');
    assert.deepEqual((await batch.result()).counts, { tokenized: 4, rejected: 4 });
  });
});

test('a batch holds when more rows than tolerated get no token, and continues with a higher tolerance', async () => {
  const mocked = new MockedActivities(120);
  let isHeld = false;
  mocked.answer = async ({ row }) => {
    // The shard reports after 102 answered rows, which are enough to judge. The next one waits for
    // its slot.
    if (row > 102 && !isHeld) await new Promise(() => undefined);
    return { outcome: row % 2 === 0 ? 'declined' : 'tokenized' };
  };
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    const { hold } = await batch.reach('on_hold');
    assert.equal(hold?.code, 'tolerance_passed');
    assert.match(
      hold?.text ?? '',
      /^51 of 102 answered rows have no token: 50 %, but only 20 % are tolerated$/,
    );
    isHeld = true;
    await batch.control('setTolerance', { percent: 60 });
    await batch.control('resume');
    assert.deepEqual((await batch.result()).counts, { tokenized: 60, declined: 60 });
  });
});

test('a pause gives back the rows without an intent, ends the others, and sends nothing until resume', async () => {
  const mocked = new MockedActivities(6);
  const answered = createGate();
  let isPaused = false;
  // Row 2 has its intent when the batch is paused, and row 3 waits for its slot.
  mocked.hasIntent = ({ row }) => row === 2;
  mocked.answer = async ({ row }) => {
    if (row === 2) await answered.passed;
    if (row === 3 && !isPaused) await new Promise(() => undefined);
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create(), { concurrency: 2 }, async (batch) => {
    await eventually('rows 2 and 3', () => (mocked.sentRows.includes(3) ? true : undefined));
    assert.equal(await batch.control('pause'), 'paused');
    await assertRefused(batch.control('pause'), /already paused/);
    isPaused = true;
    await mocked.askedToCancel(2);
    answered.open();
    const { counts } = await eventually('the counts of the pause', async () => {
      const now = await batch.progress();
      return now.counts.tokenized === 2 ? now : undefined;
    });
    assert.deepEqual([counts, mocked.sentRows], [{ tokenized: 2 }, [1, 2, 3]]);
    await batch.control('resume');
    assert.deepEqual((await batch.result()).counts, { tokenized: 6 });
    assert.deepEqual(mocked.sentRows.toSorted(), [1, 2, 3, 3, 4, 5, 6]);
  });
});

test('changed limits reach the workers, and are refused once every row is sent', async () => {
  const mocked = new MockedActivities(3);
  const answered = createGate();
  const published = createGate();
  mocked.answer = async () => {
    await answered.passed;
    return { outcome: 'tokenized' };
  };
  const limits: unknown[] = [];
  const { publishResults } = mocked.create();
  const activities = mocked.create({
    setLimits: async ({ act, limits: { ratePerS, concurrency } }) => {
      limits.push({ act, ratePerS, concurrency });
    },
    publishResults: async (input) => {
      await published.passed;
      return await publishResults(input);
    },
  });
  await stage.run(activities, { ratePerS: 5 }, async (batch) => {
    await batch.control('setRate', { ratePerS: 20 });
    await batch.control('setConcurrency', { concurrency: 4 });
    await assertRefused(batch.control('setRate', { ratePerS: 20 }), /already 20 requests\/s/);
    await assertRefused(batch.control('setConcurrency', { concurrency: 0 }), /from 1 to/);
    assert.deepEqual(limits, [
      { act: 'set_rate', ratePerS: 20, concurrency: 2 },
      { act: 'set_concurrency', ratePerS: 20, concurrency: 4 },
    ]);
    answered.open();
    await batch.reach('publishing');
    await assertRefused(batch.control('setRate', { ratePerS: null }), /all rows have been sent/);
    await assertRefused(batch.control('pause'), /all rows have been sent/);
    await assertRefused(batch.control('approve'), /nothing is waiting for approval/);
    published.open();
    await batch.result();
  });
});
