/*
 * A batch or a shard is reset, or terminated and started again: storage is the truth, so nothing is
 * charged twice and nothing is lost.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkBatch, complaintsOf } from '../../crash/checker.ts';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import { resumeUpdateName } from '../../src/contract/workflows.ts';
import { batchFolder, batchRecordKey } from '../../src/storage/layout.ts';
import { controlBatch, readBatchStatus, readProgress } from '../../src/temporal/batch-client.ts';
import { eventually } from '../support/condition.ts';
import { openRecordingStudio } from '../support/recording-studio.ts';

const rows = 24;
const studio = await openRecordingStudio();
studio.simulator.change({ latencyMs: 100 });
after(() => studio.close());
const { client } = studio;

const startGood = (name: string): Promise<string> =>
  studio.start(
    name,
    Array.from({ length: rows }, () => 'good' as const),
  );

/** The ids of the events to which a run can be reset, in order. */
async function resetPoints(workflowId: string): Promise<number[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? [])
    .filter((event) => event.workflowTaskCompletedEventAttributes != null)
    .map((event) => Number(event.eventId));
}

async function resetTo(workflowId: string, eventId: number): Promise<void> {
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    workflowTaskFinishEventId: eventId as never,
    requestId: randomUUID(),
  });
}

/** Resumes the batch after each hold, as an operator would, until it ends. */
async function untilEnded(batchId: string): Promise<void> {
  await eventually('the end of the batch', async () => {
    if ((await readBatchStatus(client, batchId)) === 'completed') return true;
    const progress = await readProgress(client, batchId).catch(() => undefined);
    if (progress?.hold !== undefined) {
      await controlBatch(client, batchId, resumeUpdateName, { who: 'a test' }).catch(() => undefined);
    }
    return undefined;
  });
}

async function assertWhole(batchId: string, name: string): Promise<void> {
  const record = await readFile(join(studio.storageFolder, batchRecordKey(batchId)), 'utf8');
  const { tag } = JSON.parse(record) as { tag: string };
  const findings = await checkBatch({
    folder: join(studio.storageFolder, batchFolder(batchId)),
    merchantRefs: Array.from({ length: rows }, (_, index) => `${name}-${index + 1}`),
    tag,
    ledger: studio.simulator.ledger().charges,
  });
  assert.equal(complaintsOf(findings).join('; '), '');
  assert.deepEqual(findings.outcomes, { tokenized: rows });
  const charges = findings.results.flatMap((_, index) => findings.chargesOfRow(index + 1));
  assert.equal(charges.length, rows, 'each row was charged once');
}

test('a finished batch and shard, reset to each of their points, send nothing and publish the same results', async () => {
  const batchId = await startGood('reset-ended');
  await untilEnded(batchId);
  const charged = studio.simulator.ledger().charges.length;
  const shard = shardWorkflowIdOf(batchId, 1, 1);
  for (const workflowId of [shard, batchId]) {
    for (const point of await resetPoints(workflowId)) {
      await resetTo(workflowId, point).catch((error: Error) => {
        // A point in a run that the last reset replaced no longer exists.
        assert.match(String(error.cause ?? error), /INVALID_ARGUMENT|NOT_FOUND|out of range|reset/i);
      });
      await client.workflow.getHandle(workflowId).result();
    }
  }
  await untilEnded(batchId);
  await assertWhole(batchId, 'reset-ended');
  assert.equal(studio.simulator.ledger().charges.length, charged);
});

test('a batch that is terminated while it runs and started again under its id sends only what was never sent', async () => {
  const batchId = await startGood('terminated');
  await studio.reachCharges(8);
  const handle = client.workflow.getHandle(batchId);
  const { events } = await handle.fetchHistory();
  const started = events?.[0]?.workflowExecutionStartedEventAttributes;
  const [payload] = started?.input?.payloads ?? [];
  const input: unknown = JSON.parse(Buffer.from(payload?.data ?? []).toString('utf8'));
  await handle.terminate('a test');
  await client.workflow.start('migrateBatchWorkflow', {
    workflowId: batchId,
    taskQueue: started?.taskQueue?.name ?? '',
    args: [input],
  });
  await untilEnded(batchId);
  await assertWhole(batchId, 'terminated');
});

test('a running batch, reset repeatedly to its first and its last point, charges no row twice and loses none', async () => {
  const batchId = await startGood('reset-batch');
  for (const which of [0, -1, 0, -1]) {
    await studio.reachCharges(4);
    const point = await eventually('a point to reset to', async () => (await resetPoints(batchId)).at(which));
    await resetTo(batchId, point);
  }
  await untilEnded(batchId);
  await assertWhole(batchId, 'reset-batch');
});

test('a shard that is reset while it runs is restarted by its batch, and every row keeps its promises', async () => {
  const batchId = await startGood('reset-shard');
  await studio.reachCharges(6);
  const shard = shardWorkflowIdOf(batchId, 1, 1);
  for (const which of [0, -1]) {
    const point = await eventually('a point to reset to', async () => (await resetPoints(shard)).at(which));
    await resetTo(shard, point);
  }
  await untilEnded(batchId);
  await assertWhole(batchId, 'reset-shard');
});
