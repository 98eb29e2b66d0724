import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HoldReason } from '../../src/contract/hold.ts';
import type { MigrateBatchInput } from '../../src/contract/workflows.ts';
import { BatchState } from '../../src/workflows/batch-state.ts';

const input: MigrateBatchInput = {
  batchId: 'cardlift/merchant/batch',
  pass: 1,
  activityQueue: 'queue',
  concurrency: 200,
  gatewayTimeoutMs: 1_000,
  isLive: false,
  hasSearchAttributes: false,
  shardsPerRun: 100,
};
const hold: HoldReason = { code: 'ambiguous_answers', text: 'unclear', count: 5 };

function createState(shards: number): BatchState {
  const state = new BatchState(input, 0);
  state.stage = 'sending';
  state.shards = shards;
  state.rows = shards * 500;
  return state;
}

function startShards(state: BatchState): number[] {
  const started: number[] = [];
  for (let shard = state.takeNextShard(); shard !== undefined; shard = state.takeNextShard()) {
    state.running.set(shard, { isDrained: false, counts: {} });
    started.push(shard);
  }
  return started;
}

test('before an answer was read, exactly one shard runs, and sends one row at a time', () => {
  const state = createState(5);
  assert.deepEqual(startShards(state), [1]);
  assert.equal(state.steeringOf(1).go, 'alone');
});

test('a shard that has nearly handed out its rows goes on alone while no answer was read', () => {
  const state = createState(1);
  startShards(state);
  state.takeReport({ shard: 1, kind: 'drained', epoch: 0 });
  assert.equal(state.steeringOf(1).go, 'alone');
});

test('after a hold one shard sends alone and the others wait, whatever they have handed out', () => {
  const state = createState(3);
  startShards(state);
  state.takeReport({ shard: 1, kind: 'probed', epoch: 0 });
  state.takeReport({ shard: 1, kind: 'drained', epoch: 0 });
  assert.deepEqual(startShards(state), [2]);
  state.takeReport({ shard: 2, kind: 'drained', epoch: 0 });
  state.takeReport({ shard: 2, kind: 'hold', epoch: 0, hold });
  assert.equal(state.phase, 'on_hold');
  assert.deepEqual(
    [1, 2].map((shard) => state.steeringOf(shard).go),
    ['stop', 'stop'],
  );
  state.resume();
  assert.equal(state.epoch, 1);
  assert.deepEqual(
    [1, 2].map((shard) => state.steeringOf(shard).go),
    ['alone', 'stop'],
  );
  state.closeShard(1, { tokenized: 500 });
  assert.equal(state.steeringOf(2).go, 'alone');
  state.takeReport({ shard: 2, kind: 'probed', epoch: 1 });
  assert.equal(state.steeringOf(2).go, 'all');
});

test('a hold of before a resume does not hold the batch again', () => {
  const state = createState(1);
  startShards(state);
  state.holdFor(hold);
  state.resume();
  state.takeReport({ shard: 1, kind: 'hold', epoch: 0, hold });
  state.takeReport({ shard: 1, kind: 'probed', epoch: 0 });
  assert.equal(state.hold, undefined);
  assert.equal(state.isProbed, false);
});

test('a paused batch starts no shard, and its shards stop', () => {
  const state = createState(2);
  startShards(state);
  state.isProbed = true;
  state.isPaused = true;
  assert.equal(state.takeNextShard(), undefined);
  assert.equal(state.steeringOf(1).go, 'stop');
});

test('what a batch carries into its next run is where it was', () => {
  const state = createState(10);
  startShards(state);
  state.takeReport({ shard: 1, kind: 'probed', epoch: 0 });
  state.closeShard(1, { tokenized: 499, declined: 1 });
  const next = new BatchState({ ...input, carried: state.carried() }, 99);
  assert.deepEqual(next.progress(), { ...state.progress(), phase: 'sending' });
  assert.equal(next.takeNextShard(), 2);
});
