/*
 * How a batch's workflow ends: it continues in another run, or a person cancels it. How a shard's
 * ends: shard-ends.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { shardSealedFailure } from '../../src/contract/failure-types.ts';
import { shardSizeRows } from '../../src/domain/shard-plan.ts';
import { eventually } from '../support/condition.ts';
import { createGate } from './gate.ts';
import { holdFailure, MockedActivities } from './mocked-activities.ts';
import { openWorkflowStage, type StagedRun, type WorkflowStage } from './workflow-stage.ts';

let stage: WorkflowStage;
before(async () => {
  stage = await openWorkflowStage();
});
after(() => stage.stop());

/** Three shards with two rows each to send. */
const threeShards = (): MockedActivities =>
  new MockedActivities(
    2 * shardSizeRows + 2,
    (row) => row % shardSizeRows === 1 || row % shardSizeRows === 2,
  );
const rejected = 2 * shardSizeRows + 2 - 6;

const runIdOf = async (batch: StagedRun): Promise<string> => (await batch.handle.describe()).runId;

test('a batch with more shards than a run may have continues in new runs, and sends each row once', async () => {
  const mocked = threeShards();
  await stage.run(mocked.create(), { shardsPerRun: 1, concurrency: 1 }, async (batch) => {
    const first = await runIdOf(batch);
    assert.deepEqual((await batch.result()).counts, { tokenized: 6, rejected });
    assert.deepEqual(mocked.sentRows, [1, 2, 501, 502, 1001, 1002]);
    assert.notEqual(await runIdOf(batch), first);
    assert.deepEqual(mocked.calls.filter((call) => call === 'stageBatch').length, 1);
    // The first run read the answer to the probe.
    assert.deepEqual(
      mocked.sent.slice(2).map(({ isProbe }) => isProbe === true),
      [false, false, false, false],
    );
  });
});

test('a batch that is paused when its run is full sends nothing in the next run until resume', async () => {
  const mocked = threeShards();
  const answered = createGate();
  mocked.hasIntent = ({ row }) => row === 2;
  mocked.answer = async ({ row }) => {
    if (row === 2) await answered.passed;
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create(), { shardsPerRun: 1, concurrency: 1 }, async (batch) => {
    const first = await runIdOf(batch);
    await eventually('row 2', () => (mocked.sentRows.includes(2) ? true : undefined));
    await batch.control('pause');
    await mocked.askedToCancel(2);
    answered.open();
    await eventually('the next run', async () => ((await runIdOf(batch)) === first ? undefined : true));
    const { phase, closedShards } = await batch.progress();
    assert.deepEqual([phase, closedShards, mocked.sentRows], ['paused', 1, [1, 2]]);
    await batch.control('resume');
    assert.deepEqual((await batch.result()).counts, { tokenized: 6, rejected });
  });
});

test('a run does not end before its lines are in the audit log, and results are not published before', async () => {
  const mocked = threeShards();
  const written = createGate();
  const answered = createGate();
  mocked.hasIntent = ({ row }) => row === 1;
  mocked.answer = async ({ row }) => {
    if (row === 1) await answered.passed;
    return { outcome: 'tokenized' };
  };
  const { appendAudit } = mocked.create();
  const activities = mocked.create({
    appendAudit: async (input) => {
      await written.passed;
      await appendAudit(input);
    },
  });
  await stage.run(activities, { shardsPerRun: 2, concurrency: 1 }, async (batch) => {
    const first = await runIdOf(batch);
    await eventually('row 1', () => mocked.sentRows[0]);
    await batch.control('setTolerance', { percent: 30 });
    answered.open();
    await eventually('two shards', async () => (await batch.progress()).closedShards === 2 || undefined);
    await batch.control('setTolerance', { percent: 40 });
    assert.equal(await runIdOf(batch), first);
    assert.deepEqual(mocked.audit, []);
    written.open();
    await batch.result();
    assert.deepEqual(
      mocked.audit.map(({ details }) => details),
      [{ percent: 30 }, { percent: 40 }],
    );
  });
});

test('results are not published before every line is in the audit log', async () => {
  const mocked = new MockedActivities(1);
  const written = createGate();
  const answered = createGate();
  mocked.answer = async () => {
    await answered.passed;
    return { outcome: 'tokenized' };
  };
  const { appendAudit } = mocked.create();
  const activities = mocked.create({
    appendAudit: async (input) => {
      await written.passed;
      await appendAudit(input);
    },
  });
  await stage.run(activities, {}, async (batch) => {
    await eventually('the row', () => mocked.sentRows[0]);
    await batch.control('setTolerance', { percent: 30 });
    answered.open();
    await batch.reach('publishing');
    assert.ok(!mocked.calls.includes('publishResults'));
    written.open();
    await batch.result();
    assert.deepEqual(mocked.audit.length, 1);
  });
});

test('a row whose shard another run has closed is no reason to hold, and is not sent again', async () => {
  const mocked = new MockedActivities(3);
  mocked.answer = ({ row }) => {
    if (row !== 2) return { outcome: 'tokenized' };
    mocked.outcomes.set(row, 'tokenized');
    throw ApplicationFailure.create({ type: shardSealedFailure, message: 'closed', nonRetryable: true });
  };
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    assert.deepEqual((await batch.result()).counts, { tokenized: 3 });
    assert.deepEqual([mocked.sentRows, mocked.audit], [[1, 2, 3], []]);
  });
});

test('a cancelled batch ends its rows in flight, closes the others as not sent, and publishes', async () => {
  const mocked = new MockedActivities(4);
  const answered = createGate();
  mocked.hasIntent = ({ row }) => row === 2;
  mocked.answer = async ({ row }) => {
    if (row === 2) await answered.passed;
    if (row === 3) await new Promise(() => undefined);
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create(), { concurrency: 2 }, async (batch) => {
    await eventually('row 3', () => (mocked.sentRows.includes(3) ? true : undefined));
    await batch.handle.cancel();
    await mocked.askedToCancel(2);
    answered.open();
    await assert.rejects(batch.result());
    const { phase, counts } = await batch.progress();
    assert.deepEqual([phase, counts], ['cancelled', { tokenized: 2, not_sent: 2 }]);
    assert.ok(mocked.calls.includes('publishResults'));
  });
});

test('a cancelled batch names the shards that were closed, those of earlier runs included', async () => {
  const rows = shardSizeRows * 2 + 2;
  const mocked = new MockedActivities(rows, (row) => row > shardSizeRows * 2 || row === shardSizeRows);
  mocked.answer = async ({ row }) => {
    if (row === rows) await new Promise(() => undefined);
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create(), { shardsPerRun: 1, concurrency: 1 }, async (batch) => {
    await eventually('the last row', () => (mocked.sentRows.includes(rows) ? true : undefined));
    await batch.handle.cancel();
    await assert.rejects(batch.result());
    assert.deepEqual(mocked.closedShards, [[1, 2]]);
  });
});

test('a batch that is cancelled before it is staged publishes nothing', async () => {
  const mocked = new MockedActivities(2);
  const activities = mocked.create({
    stageBatch: async () => {
      throw holdFailure('staging_failed');
    },
  });
  await stage.run(activities, {}, async (batch) => {
    await batch.reach('on_hold');
    await batch.handle.cancel();
    await assert.rejects(batch.result());
    assert.equal((await batch.progress()).phase, 'cancelled');
    assert.deepEqual([mocked.calls.includes('publishResults'), mocked.sentRows], [false, []]);
  });
});
