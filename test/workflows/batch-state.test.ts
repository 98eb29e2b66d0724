import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HoldReason } from '../../src/contract/hold.ts';
import type { OutcomeCounts } from '../../src/contract/outcome.ts';
import type { ShardReport } from '../../src/contract/shard-messages.ts';
import type { MigrateBatchInput } from '../../src/contract/workflows.ts';
import { definedOf } from '../../src/domain/defined.ts';
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

function createState(shards: number, sendableRows = 0, changes: Partial<MigrateBatchInput> = {}): BatchState {
  const state = new BatchState({ ...input, ...changes }, 0);
  state.staged({ rows: shards * 500, sendableRows, shards });
  return state;
}

function startShards(state: BatchState): number[] {
  const started: number[] = [];
  for (let shard = state.startNextShard(); shard !== undefined; shard = state.startNextShard()) {
    started.push(shard);
  }
  return started;
}

/** The state of the workflow's next run. */
const nextRunOf = (state: BatchState, changes: Partial<MigrateBatchInput> = {}): BatchState =>
  new BatchState({ ...input, ...changes, carried: state.carried() }, 99);

test('before an answer was read, exactly one shard runs, and sends one row at a time', () => {
  const state = createState(5);
  assert.deepEqual(startShards(state), [1]);
  assert.equal(state.steeringOf(1).go, 'probe');
});

test('a shard that has nearly handed out its rows continues alone until an answer is read', () => {
  const state = createState(1);
  startShards(state);
  state.shardReported({ shard: 1, kind: 'drained', holdGeneration: 0 });
  assert.equal(state.steeringOf(1).go, 'probe');
});

test('after a hold one shard sends alone and the others wait, whatever they have handed out', () => {
  const state = createState(3);
  startShards(state);
  state.shardReported({ shard: 1, kind: 'probe_answered', holdGeneration: 0 });
  state.shardReported({ shard: 1, kind: 'drained', holdGeneration: 0 });
  assert.deepEqual(startShards(state), [2]);
  state.shardReported({ shard: 2, kind: 'drained', holdGeneration: 0 });
  state.shardReported({ shard: 2, kind: 'hold', holdGeneration: 0, hold });
  assert.equal(state.phase, 'on_hold');
  assert.deepEqual(
    [1, 2].map((shard) => state.steeringOf(shard).go),
    ['stop', 'stop'],
  );
  state.resume();
  assert.equal(state.holdGeneration, 1);
  assert.deepEqual(
    [1, 2].map((shard) => state.steeringOf(shard).go),
    ['probe', 'stop'],
  );
  state.shardClosed(1, { tokenized: 500 });
  assert.equal(state.steeringOf(2).go, 'probe');
  state.shardReported({ shard: 2, kind: 'probe_answered', holdGeneration: 1 });
  assert.equal(state.steeringOf(2).go, 'all');
});

test('a hold from before a resume does not hold the batch again', () => {
  const state = createState(1);
  startShards(state);
  state.hold(hold);
  state.resume();
  state.shardReported({ shard: 1, kind: 'hold', holdGeneration: 0, hold });
  state.shardReported({ shard: 1, kind: 'probe_answered', holdGeneration: 0 });
  assert.equal(state.holdReason, undefined);
  assert.equal(state.carried().isProbeAnswered, false);
});

test('a paused batch starts no shard, and its shards stop', () => {
  const state = createState(2);
  startShards(state);
  state.shardReported({ shard: 1, kind: 'probe_answered', holdGeneration: 0 });
  state.pause();
  assert.equal(state.startNextShard(), undefined);
  assert.equal(state.steeringOf(1).go, 'stop');
});

test('a batch continues in its next run from the same state', () => {
  const state = createState(10);
  startShards(state);
  state.shardReported({ shard: 1, kind: 'probe_answered', holdGeneration: 0 });
  state.shardClosed(1, { tokenized: 499, declined: 1 });
  const next = nextRunOf(state);
  assert.deepEqual(next.progress(), { ...state.progress(), phase: 'sending' });
  assert.equal(next.startNextShard(), 2);
});

test('a pause and a hold carry over into the next run: it sends nothing until both are over', () => {
  const state = createState(10);
  state.pause();
  const paused = nextRunOf(state);
  assert.deepEqual([paused.isPaused, paused.phase, paused.startNextShard()], [true, 'paused', undefined]);

  state.hold(hold);
  const both = nextRunOf(state);
  assert.deepEqual([both.isPaused, both.holdReason, both.phase], [true, hold, 'on_hold']);
  assert.equal(both.startNextShard(), undefined);
  both.resume();
  assert.deepEqual([both.phase, both.startNextShard()], ['sending', 1]);
});

test('settings made before a run is full carry over: the tolerance and the counts that it is judged by', () => {
  const state = createState(10);
  startShards(state);
  state.shardClosed(1, { tokenized: 400, declined: 100 });
  state.hold(hold);
  state.resume();
  state.setTolerance(7);
  const next = nextRunOf(state);
  const { tolerancePercent, toleratedFrom, isProbeAnswered, startedAtMs } = next.carried();
  assert.equal(tolerancePercent, 7);
  assert.deepEqual(toleratedFrom, { tokenized: 400, declined: 100 });
  assert.deepEqual([next.holdGeneration, isProbeAnswered, startedAtMs], [1, false, 0]);
});

/** Read through a call, since the compiler assumes that a property once seen undefined stays so. */
const holdOf = (state: BatchState): HoldReason | undefined => state.holdReason;

/** A state whose first answer was readable. */
function createStateAfterProbe(
  shards: number,
  sendableRows = shards * 500,
  changes: Partial<MigrateBatchInput> = {},
): BatchState {
  const state = createState(shards, sendableRows, changes);
  state.shardReported({ shard: 1, kind: 'probe_answered', holdGeneration: 0 });
  return state;
}

const countsOf = (shard: number, counts: OutcomeCounts, ask?: number): ShardReport => ({
  shard,
  kind: 'counts',
  holdGeneration: 0,
  counts,
  ...definedOf({ ask }),
});

test('a share without tokens above the tolerance asks every running shard, and holds when all have answered', () => {
  const state = createStateAfterProbe(5);
  assert.deepEqual(startShards(state), [1]);
  state.shardReported({ shard: 1, kind: 'drained', holdGeneration: 0 });
  assert.deepEqual(startShards(state), [2]);
  state.shardReported(countsOf(1, { tokenized: 60, declined: 40 }));
  assert.equal(holdOf(state), undefined, 'the other shard was not heard yet');
  assert.equal(state.steeringOf(2).ask, 1);
  state.shardReported(countsOf(1, { tokenized: 60, declined: 41 }, 1));
  assert.equal(holdOf(state), undefined);
  state.shardReported(countsOf(2, { tokenized: 9 }, 1));
  assert.deepEqual([holdOf(state)?.code, holdOf(state)?.count], ['tolerance_passed', 41]);
  assert.match(holdOf(state)?.text ?? '', /41 of 110 .* 37.2 %, but only 20 % are tolerated/);
});

test('the good rows of a shard that was silent keep the batch from holding', () => {
  const state = createStateAfterProbe(5);
  startShards(state);
  state.shardReported({ shard: 1, kind: 'drained', holdGeneration: 0 });
  startShards(state);
  state.shardReported(countsOf(1, { tokenized: 60, declined: 40 }));
  state.shardReported(countsOf(1, { tokenized: 60, declined: 40 }, 1));
  state.shardReported(countsOf(2, { tokenized: 200 }, 1));
  assert.equal(holdOf(state), undefined);
  state.shardReported(countsOf(1, { tokenized: 100, declined: 80 }, 1));
  assert.equal(state.steeringOf(1).ask, 2, 'it is asked again when it looks bad again');
});

test('a shard that is asked and closes instead reports through its closing', () => {
  const state = createStateAfterProbe(5);
  startShards(state);
  state.shardReported({ shard: 1, kind: 'drained', holdGeneration: 0 });
  startShards(state);
  state.shardReported(countsOf(2, { declined: 100 }));
  state.shardReported(countsOf(2, { declined: 100 }, 1));
  state.shardClosed(1, { tokenized: 150, declined: 20 });
  assert.equal(holdOf(state)?.code, 'tolerance_passed');
});

test('after a resume the tolerance counts from zero, over a hundred answers again', () => {
  const state = createStateAfterProbe(5);
  startShards(state);
  state.shardReported(countsOf(1, { declined: 100 }));
  state.shardReported(countsOf(1, { declined: 100 }, 1));
  assert.equal(state.phase, 'on_hold');
  state.resume();
  state.shardReported({ ...countsOf(1, { declined: 199 }, 1), holdGeneration: 1 });
  assert.equal(holdOf(state), undefined);
  state.shardReported({ ...countsOf(1, { declined: 200 }, 1), holdGeneration: 1 });
  assert.equal(state.steeringOf(1).ask, 2);
  state.shardReported({ ...countsOf(1, { declined: 200 }, 2), holdGeneration: 1 });
  assert.equal(holdOf(state)?.count, 100);
});

test('a tolerance that is lowered is judged at once, and one that is raised leaves the hold to the operator', () => {
  const state = createStateAfterProbe(5);
  startShards(state);
  state.shardReported(countsOf(1, { tokenized: 90, declined: 10 }));
  assert.equal(state.steeringOf(1).ask, undefined);
  state.setTolerance(5);
  state.shardReported(countsOf(1, { tokenized: 90, declined: 10 }, 1));
  assert.equal(holdOf(state)?.code, 'tolerance_passed');
  state.setTolerance(50);
  assert.equal(state.phase, 'on_hold');
  assert.equal(state.steeringOf(1).tolerancePercent, 50);
});

test('a batch whose rows are all answered does not hold any more', () => {
  const state = createStateAfterProbe(1);
  startShards(state);
  state.shardClosed(1, { declined: 500 });
  assert.equal(holdOf(state), undefined);
});

test('a canary allows its number of rows, in one shard after another, and then waits for approval', () => {
  const state = createStateAfterProbe(3, 60, { canaryRows: 30 });
  assert.deepEqual(startShards(state), [1]);
  assert.equal(state.steeringOf(1).rowsAllowed, 30);
  state.shardReported({ shard: 1, kind: 'drained', holdGeneration: 0 });
  assert.deepEqual(startShards(state), [], 'the shard before has not closed');
  state.shardClosed(1, { tokenized: 18, declined: 2, rejected: 480 });
  assert.deepEqual(startShards(state), [2]);
  assert.equal(state.steeringOf(2).rowsAllowed, 10);
  state.shardReported(countsOf(2, { tokenized: 9 }));
  assert.equal(holdOf(state), undefined);
  assert.equal(state.steeringOf(2).rowsAllowed, 10, 'the shard itself counts what it has reported');
  state.shardReported(countsOf(2, { tokenized: 10 }));
  assert.equal(state.phase, 'waiting_for_approval');
  assert.match(holdOf(state)?.text ?? '', /first 30 rows .* 28 tokenized, 2 declined$/);
  assert.equal(state.steeringOf(2).go, 'stop');

  const next = nextRunOf(state, { canaryRows: 30 });
  assert.equal(next.phase, 'waiting_for_approval', 'it waits on in the next run of the workflow');
  state.resume();
  assert.equal(state.phase, 'waiting_for_approval', 'a resume is no approval');
  state.approve();
  assert.deepEqual([state.phase, state.steeringOf(2).go], ['sending', 'all']);
  assert.equal(state.steeringOf(2).rowsAllowed, undefined);
  assert.equal(nextRunOf(state, { canaryRows: 30 }).progress().canaryRows, undefined);
});

test('a hold during the canary is resumed without an approval, and the canary continues', () => {
  const state = createStateAfterProbe(1, 500, { canaryRows: 30 });
  startShards(state);
  state.shardReported({ shard: 1, kind: 'hold', holdGeneration: 0, hold });
  assert.equal(state.phase, 'on_hold');
  state.resume();
  assert.deepEqual([state.phase, state.steeringOf(1).rowsAllowed], ['sending', 30]);
});

test('a canary as large as the batch ends without waiting', () => {
  const state = createStateAfterProbe(1, 500, { canaryRows: 500 });
  startShards(state);
  state.shardClosed(1, { tokenized: 500 });
  assert.equal(holdOf(state), undefined);
});

test('a rate that is raised hands out more rows at once, and one that is lowered fewer', () => {
  const state = new BatchState({ ...input, concurrency: 1_000, ratePerS: 2 }, 0);
  const concurrencyAt = (ratePerS: number, change: number): number => {
    state.setLimits({
      change,
      ratePerS,
      concurrency: 1_000,
      who: 'a test',
      at: '2026-01-01T00:00:00.000Z',
    });
    return state.steeringOf(1).concurrency;
  };
  assert.equal(state.steeringOf(1).concurrency, 4);
  assert.equal(concurrencyAt(20, 1), 40);
  assert.equal(concurrencyAt(0.5, 2), 1);
});

test('a gateway that is slow to answer has more rows handed out than the rate alone would, also if the batch has one shard', () => {
  const state = createStateAfterProbe(1, 500, { concurrency: 240, ratePerS: 20 });
  startShards(state);
  assert.equal(state.steeringOf(1).concurrency, 40);
  state.shardReported({ shard: 1, kind: 'concurrency', holdGeneration: 0, concurrency: 230 });
  assert.equal(state.steeringOf(1).concurrency, 230);
  state.shardReported({ shard: 1, kind: 'concurrency', holdGeneration: 0, concurrency: 999 });
  assert.equal(state.steeringOf(1).concurrency, 240, 'no more than may be in flight');
});

test('a changed rate carries over into the next run, with the person who changed it', () => {
  const state = createState(4);
  const change = {
    change: 7,
    ratePerS: 3,
    who: 'operator@host',
    at: '2026-01-01T00:00:00.000Z',
    reason: 'asked to',
  };
  state.setLimits(change);
  const next = nextRunOf(state);
  assert.deepEqual(next.limits, { ratePerS: 3 });
  assert.deepEqual(next.progress().limitsChange, change);
});

test('under the limit of the account no more rows are handed out than a worker has use for, in the next run either', () => {
  const state = createState(4);
  startShards(state);
  assert.equal(state.steeringOf(1).concurrency, 200);
  state.shardReported({ shard: 1, kind: 'concurrency', holdGeneration: 0, concurrency: 12 });
  assert.equal(state.steeringOf(1).concurrency, 12);
  assert.equal(nextRunOf(state).steeringOf(1).concurrency, 12);
});
