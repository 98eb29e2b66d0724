/*
 * A batch runs for hours or days, and its worker may be upgraded meanwhile. The new code must make
 * the same decisions from the same history. Each recorded history pins one path through the
 * workflows. Before you replace a history that no longer replays, decide what becomes of the
 * running batches: scripts/record-histories.ts says when to record.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { createLogger } from '../../src/logger.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { bundleWorkflows } from '../../src/temporal/workflow-bundle.ts';
import { fromHistoryJson } from '../support/history-json.ts';
import { readRecordings } from '../support/recorded-histories.ts';

/** For each recording, events that show in this order that it took the path in its name. */
const wantedEvents: Readonly<Record<string, readonly string[]>> = {
  'plain.batch': [
    'ActivityTaskScheduled stageBatch',
    'UpsertWorkflowSearchAttributes',
    'StartChildWorkflowExecutionInitiated',
    'WorkflowExecutionSignaled shardReport',
    'ChildWorkflowExecutionCompleted',
    'ActivityTaskScheduled publishResults',
    'WorkflowExecutionCompleted',
  ],
  'plain.shard': [
    'ActivityTaskScheduled openShard',
    'ActivityTaskScheduled tokenizeRow',
    'SignalExternalWorkflowExecutionInitiated shardReport',
    'WorkflowExecutionSignaled steer',
    'ActivityTaskScheduled tokenizeRow',
    'ActivityTaskScheduled closeShard',
    'WorkflowExecutionCompleted',
  ],
  'without-search-attributes.batch': ['ActivityTaskScheduled stageBatch', 'WorkflowExecutionCompleted'],
  'without-search-attributes.shard': ['WorkflowExecutionCompleted'],
  'rate-limited.batch': ['WorkflowExecutionCompleted'],
  'rate-limited.shard': ['WorkflowExecutionCompleted'],
  'failed-rows.batch': ['WorkflowExecutionCompleted'],
  'failed-rows.shard': [
    'ActivityTaskStarted NotProcessed',
    'ActivityTaskScheduled closeShard',
    'WorkflowExecutionCompleted',
  ],
  'closes-only.batch': [
    'ActivityTaskScheduled stageBatch',
    'ActivityTaskScheduled closeUnsentShards',
    'ActivityTaskScheduled publishResults',
    'WorkflowExecutionCompleted',
  ],
  'canary.batch': [
    'WorkflowExecutionSignaled shardReport',
    'SignalExternalWorkflowExecutionInitiated steer',
    'ActivityTaskScheduled appendAudit',
    'WorkflowExecutionUpdateAccepted approve',
    'SignalExternalWorkflowExecutionInitiated steer',
    'WorkflowExecutionCompleted',
  ],
  'canary.shard': [
    'ActivityTaskScheduled tokenizeRow',
    'SignalExternalWorkflowExecutionInitiated shardReport',
    'WorkflowExecutionSignaled steer',
    'ActivityTaskScheduled tokenizeRow',
    'WorkflowExecutionCompleted',
  ],
  'tolerance-passed.batch': [
    'WorkflowExecutionSignaled shardReport',
    'SignalExternalWorkflowExecutionInitiated steer',
    'WorkflowExecutionSignaled shardReport',
    'ActivityTaskScheduled appendAudit',
    'WorkflowExecutionUpdateAccepted setTolerance',
    'WorkflowExecutionUpdateAccepted resume',
    'WorkflowExecutionCompleted',
  ],
  'tolerance-passed.shard': [
    'SignalExternalWorkflowExecutionInitiated shardReport',
    'WorkflowExecutionSignaled steer',
    'SignalExternalWorkflowExecutionInitiated shardReport',
    'WorkflowExecutionSignaled steer',
    'WorkflowExecutionSignaled steer',
    'ActivityTaskScheduled tokenizeRow',
    'WorkflowExecutionCompleted',
  ],
  'window.batch': [
    'ActivityTaskScheduled lookAtWindow',
    'TimerStarted',
    'TimerFired',
    'ActivityTaskScheduled lookAtWindow',
    'TimerStarted',
    'StartChildWorkflowExecutionInitiated',
    'TimerCanceled',
    'WorkflowExecutionCompleted',
  ],
  'window.shard': ['WorkflowExecutionCompleted'],
  'notices.batch': [
    'StartChildWorkflowExecutionInitiated',
    'StartChildWorkflowExecutionInitiated',
    'ActivityTaskScheduled publishResults',
    'StartChildWorkflowExecutionInitiated',
    'WorkflowExecutionCompleted',
  ],
  'notices.shard': ['WorkflowExecutionCompleted'],
  'notices.notice': ['ActivityTaskScheduled postNotice', 'WorkflowExecutionCompleted'],
  'paused.batch': [
    'WorkflowExecutionUpdateAccepted pause',
    'SignalExternalWorkflowExecutionInitiated steer',
    'WorkflowExecutionUpdateAccepted resume',
    'SignalExternalWorkflowExecutionInitiated steer',
    'WorkflowExecutionCompleted',
  ],
  'paused.shard': [
    'WorkflowExecutionSignaled steer',
    'WorkflowExecutionSignaled steer',
    'ActivityTaskCancelRequested',
    'WorkflowExecutionSignaled steer',
    'WorkflowExecutionCompleted',
  ],
  'held.batch': [
    'WorkflowExecutionSignaled shardReport',
    'WorkflowExecutionUpdateAccepted resume',
    'SignalExternalWorkflowExecutionInitiated steer',
    'WorkflowExecutionCompleted',
  ],
  'held.shard': [
    'ActivityTaskFailed BatchHold',
    'SignalExternalWorkflowExecutionInitiated shardReport',
    'WorkflowExecutionSignaled steer',
    'ActivityTaskScheduled tokenizeRow',
    'WorkflowExecutionCompleted',
  ],
  'cancelled.batch': [
    'WorkflowExecutionCancelRequested',
    'RequestCancelExternalWorkflowExecutionInitiated',
    'ActivityTaskScheduled closeShard',
    'ActivityTaskScheduled closeUnsentShards',
    'ActivityTaskScheduled publishResults',
    'WorkflowExecutionCanceled',
  ],
  'cancelled.shard': [
    'WorkflowExecutionCancelRequested',
    'ActivityTaskCancelRequested',
    'WorkflowExecutionCompleted',
  ],
  'cancelled-on-hold.batch': [
    'WorkflowExecutionSignaled shardReport',
    'WorkflowExecutionCancelRequested',
    'ActivityTaskScheduled publishResults',
    'WorkflowExecutionCanceled',
  ],
  'cancelled-on-hold.shard': [
    'ActivityTaskFailed BatchHold',
    'WorkflowExecutionCancelRequested',
    'WorkflowExecutionCompleted',
  ],
  // A row in flight that the gateway refuses with 429 is given back, and is no reason to hold.
  'cancelled-refused.batch': [
    'WorkflowExecutionCancelRequested',
    'ActivityTaskScheduled publishResults',
    'WorkflowExecutionCanceled',
  ],
  'cancelled-refused.shard': [
    'WorkflowExecutionCancelRequested',
    'ActivityTaskCancelRequested',
    'ActivityTaskFailed NotProcessed',
    'WorkflowExecutionCompleted',
  ],
  'paused-refused.batch': [
    'WorkflowExecutionUpdateAccepted pause',
    'WorkflowExecutionUpdateAccepted resume',
    'WorkflowExecutionCompleted',
  ],
  'paused-refused.shard': [
    'WorkflowExecutionSignaled steer',
    'ActivityTaskCancelRequested',
    'ActivityTaskFailed NotProcessed',
    'ActivityTaskScheduled tokenizeRow',
    'WorkflowExecutionCompleted',
  ],
  'limits-changed.batch': [
    'WorkflowExecutionUpdateAccepted setRate',
    'ActivityTaskScheduled setLimits',
    'WorkflowExecutionUpdateAccepted setConcurrency',
    'ActivityTaskScheduled setLimits',
    'WorkflowExecutionCompleted',
  ],
  'limits-changed.shard': [
    'ActivityTaskScheduled tokenizeRow',
    'WorkflowExecutionSignaled steer',
    'ActivityTaskScheduled tokenizeRow',
    'WorkflowExecutionCompleted',
  ],
  // The pause, the older signal that came after it and changed nothing, and the resume.
  'overtaken-steering.batch': [
    'WorkflowExecutionUpdateAccepted pause',
    'WorkflowExecutionUpdateAccepted resume',
    'WorkflowExecutionCompleted',
  ],
  'overtaken-steering.shard': [
    'WorkflowExecutionSignaled steer',
    'ActivityTaskCancelRequested',
    'WorkflowExecutionSignaled steer',
    'WorkflowTaskCompleted',
    'WorkflowExecutionSignaled steer',
    'ActivityTaskScheduled tokenizeRow',
    'WorkflowExecutionCompleted',
  ],
  'reopened.batch': ['ChildWorkflowExecutionCompleted', 'WorkflowExecutionCompleted'],
  'reopened.shard': [
    'ActivityTaskScheduled closeShard',
    'ActivityTaskScheduled tokenizeRow',
    'ActivityTaskScheduled closeShard',
    'WorkflowExecutionCompleted',
  ],
  'redriven-1.batch': ['ActivityTaskScheduled stageBatch', 'WorkflowExecutionContinuedAsNew'],
  'redriven-2.batch': ['ActivityTaskScheduled publishResults', 'WorkflowExecutionCompleted'],
  'redriven.shard': ['ActivityTaskScheduled tokenizeRow', 'WorkflowExecutionCompleted'],
  'shard-ended-from-outside.batch': [
    'ChildWorkflowExecutionTerminated',
    'WorkflowExecutionUpdateAccepted resume',
    'StartChildWorkflowExecutionInitiated',
    'WorkflowExecutionCompleted',
  ],
  'shard-ended-from-outside.shard': ['ActivityTaskScheduled openShard', 'WorkflowExecutionCompleted'],
  // The shard gave its rows back, and a second run of its workflow sent them.
  'shard-cancelled.batch': [
    'ChildWorkflowExecutionCompleted',
    'WorkflowExecutionUpdateAccepted resume',
    'StartChildWorkflowExecutionInitiated',
    'ChildWorkflowExecutionCompleted',
    'WorkflowExecutionCompleted',
  ],
  'shard-cancelled-1.shard': [
    'WorkflowExecutionCancelRequested',
    'ActivityTaskCancelRequested',
    'WorkflowExecutionCompleted',
  ],
  'shard-cancelled.shard': [
    'ActivityTaskScheduled openShard',
    'ActivityTaskScheduled closeShard',
    'WorkflowExecutionCompleted',
  ],
  'storage-held.batch': ['WorkflowExecutionUpdateAccepted resume', 'WorkflowExecutionCompleted'],
  'storage-held.shard': [
    'ActivityTaskScheduled openShard',
    'ActivityTaskFailed BatchHold',
    'WorkflowExecutionSignaled steer',
    'ActivityTaskScheduled openShard',
    'WorkflowExecutionCompleted',
  ],
  'cancelled-in-staging.batch': [
    'ActivityTaskScheduled stageBatch',
    'ActivityTaskFailed BatchHold',
    'WorkflowExecutionCancelRequested',
    'WorkflowExecutionCanceled',
  ],
  'continued-1.batch': ['ActivityTaskScheduled stageBatch', 'WorkflowExecutionContinuedAsNew'],
  'continued-2.batch': [
    'WorkflowExecutionStarted',
    'ChildWorkflowExecutionCompleted',
    'WorkflowExecutionContinuedAsNew',
  ],
  'continued-3.batch': ['ActivityTaskScheduled publishResults', 'WorkflowExecutionCompleted'],
};

const logger = createLogger('silent');
const recordings = await readRecordings();
let code: { readonly code: string };

before(async () => {
  installRuntime(logger);
  code = await bundleWorkflows(logger);
});

/** The error of each replay, by recording; undefined if it succeeded. */
async function replay(
  bundle: { readonly code: string },
  histories: readonly { readonly name: string; readonly history: History }[],
): Promise<Map<string, Error | undefined>> {
  const results = Worker.runReplayHistories(
    { workflowBundle: bundle },
    histories.map(({ name, history }) => ({ workflowId: name, history })),
  );
  const errors = new Map<string, Error | undefined>();
  for await (const { workflowId, error } of results) errors.set(workflowId, error);
  assert.equal(errors.size, histories.length, 'each history was replayed');
  return errors;
}

/** True if `events` contains `wanted` in this order, possibly with others between. */
function containsInOrder(events: readonly string[], wanted: readonly string[]): boolean {
  let from = 0;
  return wanted.every((event) => {
    from = events.indexOf(event, from) + 1;
    return from > 0;
  });
}

test('every recorded history replays with the workflows as they are', async () => {
  const errors = await replay(code, recordings);
  for (const [name, error] of errors) assert.equal(error, undefined, `${name}: ${error?.message}`);
});

test('each recording is listed, and none is missing', () => {
  assert.deepEqual(recordings.map(({ name }) => name).sort(), Object.keys(wantedEvents).sort());
});

describe('a recording took the path in its name', () => {
  for (const { name, events } of recordings) {
    test(name, () => {
      const wanted = wantedEvents[name] ?? [];
      assert.ok(containsInOrder(events, wanted), `${name} lacks, in this order: ${wanted.join(', ')}`);
    });
  }
});

test('the middle run of a chain was started by continue-as-new and carries what the run before it knew', () => {
  const middle = recordings.find(({ name }) => name === 'continued-2.batch');
  const started = middle?.history.events?.[0]?.workflowExecutionStartedEventAttributes;
  assert.ok(started?.continuedExecutionRunId);
  const [payload] = started.input?.payloads ?? [];
  const input = JSON.parse(Buffer.from(payload?.data ?? []).toString('utf8')) as {
    carried?: { nextShard: number };
  };
  assert.equal(input.carried?.nextShard, 2);
});

test('a run without search attributes sets none', () => {
  const run = recordings.find(({ name }) => name === 'without-search-attributes.batch');
  assert.ok(run?.events.every((event) => event !== 'UpsertWorkflowSearchAttributes'));
});

test('a recording reveals nothing about its machine, and holds no card number', () => {
  for (const { name, text } of recordings) {
    const plain = text.replace(/"data":"([^"]*)"/g, (_, data: string) => {
      return `"data":${Buffer.from(data, 'base64').toString('utf8')}`;
    });
    assert.doesNotMatch(plain, /\/tmp\/|\/home\/|\/root\//, name);
    assert.doesNotMatch(plain, /(?<![\d.-])400000\d{10}(?!\d)/, name);
  }
});

test('workflows with one changed step are caught by every history', async () => {
  const altered = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./altered-workflows.ts', import.meta.url)),
    logger: {
      log() {},
      trace() {},
      debug() {},
      info() {},
      warn() {},
      error() {},
    },
  });
  const errors = await replay(altered, recordings);
  for (const [name, error] of errors) assert.match(String(error?.name), /DeterminismViolation/, name);
});

test('a history in which another activity was scheduled is caught', async () => {
  const plain = recordings.find(({ name }) => name === 'plain.shard');
  const history = fromHistoryJson(JSON.parse((plain?.text ?? '').replaceAll('"closeShard"', '"openShard"')));
  const errors = await replay(code, [{ name: 'altered', history }]);
  assert.match(String(errors.get('altered')?.name), /DeterminismViolation/);
});
