import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { batchHold } from '../../src/activities/failures.ts';
import type { CardliftActivities } from '../../src/contract/activities.ts';
import {
  type BatchProgress,
  type MigrateBatchInput,
  migrateBatchWorkflowType,
  progressQueryName,
} from '../../src/contract/workflows.ts';
import { createLogger } from '../../src/logger.ts';
import { bundleWorkflows } from '../../src/temporal/workflow-bundle.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

const temporal = await startTemporalServer();
const connection = await NativeConnection.connect({ address: temporal.address });
after(async () => {
  await connection.close();
  await temporal.stop();
});

const taskQueue = 'cancelled-before-staging';
const batchId = 'cardlift/shop/cancelled-before-staging';
const input: MigrateBatchInput = {
  batchId,
  pass: 1,
  activityQueue: taskQueue,
  concurrency: 1,
  gatewayTimeoutMs: 1_000,
  isLive: false,
  hasSearchAttributes: false,
  shardsPerRun: 1,
};

test('a batch that is cancelled while its file cannot be staged ends, and publishes nothing', async () => {
  const called: string[] = [];
  let reportHeld = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    reportHeld = resolve;
  });
  const activities: Partial<CardliftActivities> = {
    stageBatch() {
      called.push('stageBatch');
      reportHeld();
      throw batchHold({ code: 'staging_failed', text: 'The file is another one', count: 1 });
    },
    closeUnsentShards() {
      called.push('closeUnsentShards');
      return Promise.resolve({ counts: {} });
    },
    publishResults() {
      called.push('publishResults');
      return Promise.resolve({ counts: {}, rows: 0, location: '' });
    },
  };
  const worker = await Worker.create({
    connection,
    taskQueue,
    activities,
    workflowBundle: await bundleWorkflows(createLogger('silent')),
  });
  await worker.runUntil(async () => {
    const handle = await temporal.client.workflow.start(migrateBatchWorkflowType, {
      workflowId: batchId,
      taskQueue,
      args: [input],
    });
    await held;
    while ((await handle.query<BatchProgress>(progressQueryName)).phase !== 'on_hold');
    await handle.cancel();
    await assert.rejects(
      handle.result(),
      (error) => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure,
    );
  });
  assert.deepEqual(called, ['stageBatch']);
});
