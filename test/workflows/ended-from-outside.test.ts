/*
 * What a person may do to the workflows in Temporal itself. On the real server: the time-skipping
 * one does not inform a batch that its shard was terminated, and resets nothing.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { createHoldMonitors } from '../../src/activities/hold-monitors.ts';
import type { HoldReason } from '../../src/contract/hold.ts';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import { type ShardReport, shardReportSignalName } from '../../src/contract/shard-messages.ts';
import type { MigrateBatchResult } from '../../src/contract/workflows.ts';
import { eventually } from '../support/condition.ts';
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts';
import { holdFailure, MockedActivities } from './mocked-activities.ts';
import { openWorkflowStage, type StagedRun, type WorkflowStage } from './workflow-stage.ts';

const namespace = 'default';
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

const shardIdOf = ({ batchId }: StagedRun): string => shardWorkflowIdOf(batchId, 1, 1);

/** Resets the batch to one of its completed workflow tasks: the first is 0, the last -1. */
async function resetBatch({ batchId, handle }: StagedRun, point: number): Promise<void> {
  const { events } = await handle.fetchHistory();
  const points = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes != null);
  const { runId } = await handle.describe();
  await stage.environment.client.workflowService.resetWorkflowExecution({
    ...{ namespace, reason: 'a test', requestId: randomUUID() },
    workflowExecution: { workflowId: batchId, runId },
    workflowTaskFinishEventId: points.at(point)?.eventId ?? null,
  });
  await eventually('the run after the reset', async () =>
    (await handle.describe()).runId === runId ? undefined : true,
  );
}

/** The handle of a start knows the run of that start only. */
const resultAfterReset = ({ batchId }: StagedRun): Promise<MigrateBatchResult> =>
  stage.environment.client.workflow.getHandle<() => Promise<MigrateBatchResult>>(batchId).result();

/** The set-up is wrong until `isRight`. Real monitors refuse rows, as a worker's do. */
function withWrongSetUp(): MockedActivities & { isRight: boolean } {
  const monitors = createHoldMonitors();
  const reason: HoldReason = { code: 'set_up_wrong', text: 'HTTP 401', count: 1 };
  const mocked = Object.assign(new MockedActivities(4), { isRight: false });
  mocked.answer = (input) => {
    const monitor = monitors(input);
    if (input.row === 2 && !mocked.isRight) monitor.stop(reason);
    if (monitor.hold !== undefined) throw holdFailure(monitor.hold.code, monitor.hold.text);
    return { outcome: 'tokenized' };
  };
  return mocked;
}

for (const [how, end] of [
  ['terminated', (workflowId: string) => stage.environment.client.workflow.getHandle(workflowId).terminate()],
  [
    'deleted',
    (workflowId: string) =>
      stage.environment.client.workflowService.deleteWorkflowExecution({
        namespace,
        workflowExecution: { workflowId },
      }),
  ],
] as const) {
  test(`a shard that is ${how} makes the batch hold, and after resume its other rows are sent`, async () => {
    const mocked = new MockedActivities(4);
    let isEnded = false;
    mocked.answer = async ({ row }) => {
      if (row === 3 && !isEnded) await new Promise(() => undefined);
      return { outcome: 'tokenized' };
    };
    await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
      await eventually('row 3', () => (mocked.sentRows.includes(3) ? true : undefined));
      await end(shardIdOf(batch));
      isEnded = true;
      const { hold } = await batch.reach('on_hold');
      assert.deepEqual(
        [hold?.code, hold?.text],
        ['shard_ended', 'The workflow of shard 1 was terminated or deleted from outside'],
      );
      await batch.control('resume');
      assert.deepEqual((await batch.result()).counts, { tokenized: 4 });
      assert.deepEqual(mocked.sentRows, [1, 2, 3, 3, 4]);
      const { wasOpened, lastOpening } = mocked.openings.at(-1) ?? {};
      assert.deepEqual([wasOpened, lastOpening], [true, 1]);
    });
  });
}

test('a batch that is reset to its start takes no report from the shards of its old run', async () => {
  const mocked = withWrongSetUp();
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    await batch.reach('on_hold');
    const sentBefore = mocked.sent.length;
    const runBefore = mocked.sent.at(-1)?.run;
    mocked.isRight = true;
    // Temporal gives the signals of the old run to the new one, ahead of all else.
    await resetBatch(batch, 0);
    assert.deepEqual((await resultAfterReset(batch)).counts, { tokenized: 4 });
    const [first] = mocked.sent.slice(sentBefore);
    assert.deepEqual([first?.row, first?.isProbe], [2, true]);
    assert.match(`${runBefore} ${first?.run}`, /^[0-9a-f]{8} [0-9a-f]{8}$/);
    assert.notEqual(first?.run, runBefore);
  });
});

test('after a reset that keeps the running shard, one resume is enough', async () => {
  const mocked = withWrongSetUp();
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    for (let holds = 0; holds < 3; holds += 1) {
      const { sent } = mocked;
      const sentBefore = sent.length;
      if (holds > 0) await batch.control('resume');
      await eventually(
        'the row that holds',
        () => sent.slice(sentBefore).some(({ row }) => row === 2) || undefined,
      );
      await batch.reach('on_hold');
    }
    const { runId } = await stage.environment.client.workflow.getHandle(shardIdOf(batch)).describe();
    // After the start of the shard, before its first report.
    await resetBatch(batch, 2);
    await batch.reach('on_hold');
    mocked.isRight = true;
    await batch.control('resume');
    assert.deepEqual((await resultAfterReset(batch)).counts, { tokenized: 4 });
    assert.equal(
      (await stage.environment.client.workflow.getHandle(shardIdOf(batch)).describe()).runId,
      runId,
    );
  });
});

test('after a reset that keeps the running shard, a pause and a cancel reach it', async () => {
  const mocked = new MockedActivities(4);
  let isFree = false;
  mocked.answer = async ({ row }) => {
    if (row === 2 && !isFree) await new Promise(() => undefined);
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    await eventually('row 2', () => (mocked.sentRows.includes(2) ? true : undefined));
    await resetBatch(batch, -1);
    await batch.control('pause');
    await mocked.askedToCancel(2);
    mocked.cancelled.clear();
    await batch.control('resume');
    await eventually('row 2 again', () => (mocked.sentRows.length === 3 ? true : undefined));
    await batch.handle.cancel();
    await mocked.askedToCancel(2);
    isFree = true;
    await assert.rejects(resultAfterReset(batch));
    const { phase, counts } = await batch.progress();
    assert.deepEqual([phase, counts], ['cancelled', { tokenized: 1, not_sent: 3 }]);
  });
});

test('a report of a shard that this run of the batch did not start changes nothing', async () => {
  const mocked = new MockedActivities(3);
  let isFree = false;
  mocked.answer = async ({ row }) => {
    if (row === 2) await eventually('the signal', () => isFree || undefined);
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    await eventually('row 2', () => (mocked.sentRows.includes(2) ? true : undefined));
    const hold: HoldReason = { code: 'set_up_wrong', text: 'of another run', count: 1 };
    for (const startId of ['ffffffff', undefined]) {
      const report: ShardReport = {
        ...{ shard: 1, holdGeneration: 0, kind: 'hold', hold, opening: 99 },
        ...(startId === undefined ? {} : { startId }),
      };
      await batch.handle.signal(shardReportSignalName, report);
    }
    isFree = true;
    assert.deepEqual((await batch.result()).counts, { tokenized: 3 });
    assert.deepEqual(mocked.audit, []);
  });
});
