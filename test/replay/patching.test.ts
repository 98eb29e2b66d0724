/*
 * How a workflow changes while instances of it run: the steps of docs/changing-workflows.md in
 * order.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { createLogger } from '../../src/logger.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { readRecordings } from '../support/recorded-histories.ts';
import { temporalTestServerBinary } from '../support/temporal-test-server.ts';

type Version = 'changed' | 'patched' | 'deprecated';

const bundles = new Map<Version, WorkflowBundleWithSourceMap>();
/** The histories of a notice from before the change, and of one that ran with the patch. */
let earlier: History;
let since: History;

before(async () => {
  installRuntime(createLogger('silent'));
  const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
  for (const version of ['changed', 'patched', 'deprecated'] as const) {
    const workflowsPath = fileURLToPath(new URL(`patching/${version}.ts`, import.meta.url));
    bundles.set(version, await bundleWorkflowCode({ workflowsPath, logger: silent }));
  }
  const recording = (await readRecordings()).find(({ name }) => name === 'notices.notice');
  assert.ok(recording !== undefined);
  earlier = recording.history;
  since = await recordPatched();
});

const batchId = 'cardlift/merchant/batch';

/** Runs a notice with the patched workflow, and returns its history. */
async function recordPatched(): Promise<History> {
  const path = await temporalTestServerBinary();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  try {
    const { client, nativeConnection } = environment;
    const worker = await Worker.create({
      connection: nativeConnection,
      taskQueue: 'notices',
      workflowBundle: bundleOf('patched'),
      activities: { postNotice: async () => undefined },
    });
    return await worker.runUntil(async () => {
      const handle = await client.workflow.start('postNoticeWorkflow', {
        workflowId: 'notice',
        taskQueue: 'notices',
        args: [{ activityQueue: 'notices', batchId, notice: { event: 'start', batchId, pass: 1, rows: 1 } }],
      });
      await handle.result();
      return await handle.fetchHistory();
    });
  } finally {
    await environment.teardown();
  }
}

function bundleOf(version: Version): WorkflowBundleWithSourceMap {
  const bundle = bundles.get(version);
  assert.ok(bundle !== undefined);
  return bundle;
}

async function replayError(version: Version, history: History): Promise<Error | undefined> {
  const results = Worker.runReplayHistories({ workflowBundle: bundleOf(version) }, [
    { workflowId: 'notice', history },
  ]);
  for await (const { error } of results) return error;
  throw new Error('Nothing was replayed');
}

test('a change without a patch breaks the workflows that run already', async () => {
  assert.match((await replayError('changed', earlier))?.message ?? '', /nondeterminism/i);
});

test('with a patch, workflows from before the change continue as they began, and new ones have the change', async () => {
  assert.equal(await replayError('patched', earlier), undefined);
  assert.equal(await replayError('patched', since), undefined);
  const types = since.events?.map(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
  assert.ok(
    types?.some((timer) => timer !== null && timer !== undefined),
    'the new one waited',
  );
});

test('a deprecated patch replays what ran with the patch, and nothing from before it', async () => {
  assert.equal(await replayError('deprecated', since), undefined);
  assert.match((await replayError('deprecated', earlier))?.message ?? '', /nondeterminism/i);
});
