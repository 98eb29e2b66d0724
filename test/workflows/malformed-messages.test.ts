/* Inputs, signals and updates that a person sends by hand, e.g. with the temporal command. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { controlRefusedFailure, invalidInputFailure } from '../../src/contract/failure-types.ts';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import type { MigrateBatchInput } from '../../src/contract/workflows.ts';
import { eventually } from '../support/condition.ts';
import { createGate } from './gate.ts';
import { MockedActivities } from './mocked-activities.ts';
import { openWorkflowStage, type WorkflowStage } from './workflow-stage.ts';

let stage: WorkflowStage;
before(async () => {
  stage = await openWorkflowStage();
});
after(() => stage.stop());

async function assertInvalid(result: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(result, (error: unknown) => {
    assert.ok(
      error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure,
      String(error),
    );
    assert.deepEqual([error.cause.type, error.cause.nonRetryable], [invalidInputFailure, true]);
    assert.match(error.cause.message, message);
    assert.doesNotMatch(error.cause.message, /\.\.\/x/, 'it quotes nothing');
    return true;
  });
}

for (const change of [{ pass: '../../x' }, { batchId: 'cardlift/../x' }, { shardsPerRun: '../x' }]) {
  const [field = ''] = Object.keys(change);
  test(`a batch that is started by hand with a wrong ${field} fails at once, and no activity runs`, async () => {
    const mocked = new MockedActivities(2);
    const given = change as unknown as Partial<MigrateBatchInput>;
    await stage.run(mocked.create(), given, async (batch) => {
      await assertInvalid(batch.result(), new RegExp(`${field} must be .*cardlift start`));
      assert.deepEqual([mocked.calls, mocked.sent], [[], []]);
    });
  });
}

test('a shard that is started by hand with a wrong pass fails at once, and no activity runs', async () => {
  const mocked = new MockedActivities(2);
  await stage.run(mocked.create(), {}, async (batch) => {
    await batch.result();
    const before = mocked.calls.length;
    const { client } = stage.environment;
    const { taskQueue } = await batch.handle.describe();
    for (const input of [{ batchId: batch.batchId, pass: '../../x', shard: 1 }, undefined, 'x']) {
      const handle = await client.workflow.start('migrateShardWorkflow', {
        ...{ workflowId: `${batch.batchId}/by-hand`, taskQueue },
        args: input === undefined ? [] : [input],
      });
      await assertInvalid(handle.result(), /its input is wrong/);
    }
    assert.equal(mocked.calls.length, before);
  });
});

test('malformed signals to a batch and to a shard change nothing, and the batch ends as usual', async () => {
  const mocked = new MockedActivities(6);
  const gate = createGate();
  mocked.answer = async () => {
    await gate.passed;
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create(), {}, async (batch) => {
    await eventually('a sent row', () => mocked.sent.length > 0 || undefined);
    const shard = stage.environment.client.workflow.getHandle(shardWorkflowIdOf(batch.batchId, 1, 1));
    const bad: readonly unknown[][] = [
      [],
      [null],
      ['stop'],
      [{ kind: 'hold', shard: 1, holdGeneration: 0 }],
      [{ kind: 'counts', shard: 1, holdGeneration: 0, counts: 'all' }],
      [{ go: 'stop', concurrency: 'none' }],
    ];
    for (const args of bad) {
      await batch.handle.signal('shardReport', ...args);
      await shard.signal('steer', ...args);
    }
    assert.equal((await batch.progress()).phase, 'sending');
    gate.open();
    assert.deepEqual((await batch.result()).counts, { tokenized: 6 });
  });
});

test('a malformed update is refused with the field that is wrong, and leaves the batch as it was', async () => {
  const mocked = new MockedActivities(6);
  const gate = createGate();
  mocked.answer = async () => {
    await gate.passed;
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create(), {}, async (batch) => {
    await eventually('a sent row', () => mocked.sent.length > 0 || undefined);
    const update = (name: string, ...args: unknown[]) =>
      batch.handle.executeUpdate(name, { args } as { args: [unknown] });
    for (const [name, args, fault] of [
      ['pause', ['now'], /it must be an object/],
      ['pause', [{ who: 7 }], /who must be a text/],
      ['setRate', [], /it must be an object/],
      ['setRate', [{ ratePerS: '5' }], /ratePerS must be a number, or null/],
      ['setConcurrency', [{ concurrency: {} }], /concurrency must be a number, or null/],
      ['setTolerance', [{ percent: 'all' }], /percent must be a number/],
      ['approve', [[]], /it must be an object/],
    ] as const) {
      await assert.rejects(update(name, ...args), (error: unknown) => {
        assert.ok(error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure);
        assert.equal(error.cause.type, controlRefusedFailure);
        assert.match(error.cause.message, new RegExp(`^Cannot ${name}: the input of the update is wrong: `));
        assert.match(error.cause.message, fault);
        return true;
      });
    }
    assert.equal(await update('pause'), 'paused', 'a pause needs no input');
    assert.equal(await update('resume', {}), 'sending');
    gate.open();
    await batch.result();
    assert.deepEqual(
      mocked.audit.map(({ act, who }) => [act, who]),
      [
        ['pause', 'unknown'],
        ['resume', 'unknown'],
      ],
    );
  });
});
