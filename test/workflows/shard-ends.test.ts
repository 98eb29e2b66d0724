/*
 * A shard's workflow that ends without closing its shard: the batch holds instead of finishing, and
 * the next run of the shard knows what the one before it knew.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CancelledFailure,
  ChildWorkflowFailure,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type { UnwrittenResult } from '../../src/contract/activities.ts';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import { shardSizeRows } from '../../src/domain/shard-plan.ts';
import { shardEndOf } from '../../src/workflows/shard-end.ts';
import { eventually } from '../support/condition.ts';
import { holdFailure, MockedActivities } from './mocked-activities.ts';
import { openWorkflowStage, type WorkflowStage } from './workflow-stage.ts';

let stage: WorkflowStage;
before(async () => {
  stage = await openWorkflowStage();
});
after(() => stage.stop());

const unwritten: UnwrittenResult = {
  row: 1,
  intent: 1,
  answer: { outcome: 'tokenized', merchantTxnRef: 'ref-1', completedAt: '2026-01-01T00:00:00.000Z' },
};

/** Row 1's result could not be written, and row 3 waits until `isFree`. */
function waitingAtRow3(): MockedActivities & { isFree: boolean } {
  const mocked = Object.assign(new MockedActivities(4), { isFree: false });
  mocked.answer = async ({ row }) => {
    if (row === 3 && !mocked.isFree) await new Promise(() => undefined);
    return { outcome: 'tokenized', ...(row === 1 ? { unwritten } : {}) };
  };
  return mocked;
}

const cancelShard = (batchId: string): Promise<unknown> =>
  stage.environment.client.workflow.getHandle(shardWorkflowIdOf(batchId, 1, 1)).cancel();

test('a shard that is cancelled on its own makes the batch hold, closes no row, and its rows are sent after resume', async () => {
  const mocked = waitingAtRow3();
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    await eventually('row 3', () => (mocked.sentRows.includes(3) ? true : undefined));
    await cancelShard(batch.batchId);
    const { hold } = await batch.reach('on_hold');
    assert.deepEqual(
      [hold?.code, hold?.text],
      ['shard_ended', 'The workflow of shard 1 was cancelled from outside'],
    );
    assert.deepEqual(mocked.closings, []);
    mocked.isFree = true;
    await batch.control('resume');
    assert.deepEqual((await batch.result()).counts, { tokenized: 4 });
    assert.deepEqual(mocked.sentRows, [1, 2, 3, 3, 4]);
    const [first, second] = mocked.openings;
    assert.deepEqual(
      [first?.wasOpened, first?.lastOpening, second?.wasOpened, second?.lastOpening],
      [undefined, undefined, true, 1],
    );
    assert.deepEqual(
      mocked.closings.map(({ answered, unwritten: handed }) => [answered, handed]),
      [[[[1, 4]], [unwritten]]],
    );
  });
});

test('a batch that is cancelled while a shard has ended closes it with what the shard knew', async () => {
  const mocked = waitingAtRow3();
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    await eventually('row 3', () => (mocked.sentRows.includes(3) ? true : undefined));
    await cancelShard(batch.batchId);
    await batch.reach('on_hold');
    await batch.handle.cancel();
    await assert.rejects(batch.result());
    const { phase, counts } = await batch.progress();
    assert.deepEqual([phase, counts], ['cancelled', { tokenized: 2, not_sent: 2 }]);
    assert.deepEqual(mocked.closings, [
      {
        batchId: batch.batchId,
        pass: 1,
        shard: 1,
        answered: [[1, 2]],
        unwritten: [unwritten],
        isCancelled: true,
      },
    ]);
  });
});

test('rows whose outcome an ended run of the shard knew are not sent again if the storage forgot them', async () => {
  const mocked = waitingAtRow3();
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    await eventually('row 3', () => (mocked.sentRows.includes(3) ? true : undefined));
    await cancelShard(batch.batchId);
    await batch.reach('on_hold');
    mocked.outcomes.delete(2);
    mocked.isFree = true;
    await batch.control('resume');
    const { hold } = await eventually('the next hold', async () => {
      const now = await batch.progress();
      return now.hold?.code === 'storage_forgot' ? now : undefined;
    });
    assert.equal(hold?.text, 'The storage has no trace of 1 answered rows of shard 1');
    assert.deepEqual(mocked.sentRows, [1, 2, 3]);
    mocked.outcomes.set(2, 'tokenized');
    await batch.control('resume');
    assert.deepEqual((await batch.result()).counts, { tokenized: 4 });
    assert.deepEqual(mocked.sentRows, [1, 2, 3, 3, 4]);
  });
});

test('a storage that forgot answered rows when the shard is closed makes the batch hold until it has them again', async () => {
  const mocked = new MockedActivities(2);
  let hasForgotten = true;
  const { closeShard } = mocked.create();
  const activities = mocked.create({
    closeShard: async (input) => {
      if (hasForgotten) throw holdFailure('storage_forgot', 'row 2 is gone');
      return await closeShard(input);
    },
  });
  await stage.run(activities, {}, async (batch) => {
    const { hold } = await batch.reach('on_hold');
    assert.deepEqual([hold?.code, hold?.text], ['storage_forgot', 'row 2 is gone']);
    hasForgotten = false;
    await batch.control('resume');
    assert.deepEqual((await batch.result()).counts, { tokenized: 2 });
    assert.deepEqual(mocked.sentRows, [1, 2]);
  });
});

test('a shard that is sealed but not consolidated is closed without sending a row', async () => {
  const mocked = new MockedActivities(shardSizeRows + 3, (row) => row <= 3 || row > shardSizeRows);
  const { openShard, closeShard } = mocked.create();
  const activities = mocked.create({
    openShard: async (input) => {
      const opened = await openShard(input);
      return input.shard === 1 ? { toSend: [], counts: {}, opening: 1 } : opened;
    },
    closeShard: async (input) =>
      await closeShard(input.shard === 1 ? { ...input, isCancelled: true } : input),
  });
  await stage.run(activities, { concurrency: 1 }, async (batch) => {
    const { counts } = await batch.result();
    assert.deepEqual(counts, { not_sent: 3, tokenized: 3, rejected: shardSizeRows - 3 });
    assert.deepEqual([mocked.sentRows, mocked.audit], [[501, 502, 503], []]);
    // Nothing was sent from the first shard, so its opening may be unknown to the storage.
    assert.deepEqual(
      mocked.openings.map(({ lastOpening }) => lastOpening),
      [undefined, undefined],
    );
  });
});

for (const [what, cause, text] of [
  ['is cancelled', new CancelledFailure('by a person'), 'was cancelled from outside'],
  [
    'is terminated or deleted',
    new TerminatedFailure('by a person'),
    'was terminated or deleted from outside',
  ],
  ['times out', new TimeoutFailure('late', undefined, 'START_TO_CLOSE'), 'timed out'],
  ['fails', new TypeError('4000000000001091'), 'failed (TypeError)'],
] as const) {
  test(`the hold after a shard's workflow ${what} says so, and nothing of a row`, () => {
    const failure = new ChildWorkflowFailure(
      'default',
      { workflowId: 'shard', runId: 'run' },
      'migrateShardWorkflow',
      RetryState.NON_RETRYABLE_FAILURE,
      cause,
    );
    assert.deepEqual(shardEndOf(7, failure), {
      code: 'shard_ended',
      text: `The workflow of shard 7 ${text}`,
      count: 1,
    });
  });
}

test('the hold after a shard could not be started says why', () => {
  const error = new WorkflowExecutionAlreadyStartedError('it runs', 'shard', 'migrateShardWorkflow');
  assert.equal(
    shardEndOf(7, error).text,
    'The workflow of shard 7 could not be started (WorkflowExecutionAlreadyStartedError)',
  );
});
