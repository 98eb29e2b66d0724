import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LookSchedule } from '../../../src/operations/follow/look-schedule.ts';

const tickMs = 500;

/**
 * The queries made while a batch is followed to its end, in simulated time, and the time of each
 * look.
 */
function follow(rows: number, ratePerS: number, shown: string | undefined) {
  const schedule = new LookSchedule();
  const looks: number[] = [];
  const questions = 2;
  let asked = 0;
  for (let nowMs = 0; nowMs < (rows / ratePerS) * 1_000; nowMs += tickMs) {
    if (!schedule.isDue(nowMs, shown)) continue;
    looks.push(nowMs);
    asked += questions;
    schedule.saw({ atMs: nowMs, rows: (nowMs * ratePerS) / 1_000, phase: 'sending', questions }, shown);
  }
  return { looks, perRow: asked / rows };
}

const longestGap = (looks: readonly number[]): number =>
  Math.max(...looks.slice(1).map((atMs, index) => atMs - (looks[index] ?? 0)));

for (const ratePerS of [150, 300, 1_000]) {
  test(`at ${ratePerS} rows/s following a batch of 20,000 costs less than 0.003 queries a row`, () => {
    const { looks, perRow } = follow(20_000, ratePerS, 'sending');
    assert.ok(perRow < 0.003, String(perRow));
    assert.deepEqual(looks.slice(0, 2), [0, 1_000]);
  });
}

test('at a slow rate the counts are read every ten seconds, and sooner at the start', () => {
  const { looks } = follow(500, 5, 'sending');
  assert.deepEqual(looks.slice(0, 6), [0, 1_000, 3_000, 7_000, 15_000, 25_000]);
  assert.equal(longestGap(looks), 10_000);
});

test('if Temporal shows no phase, the batch is queried every two seconds, so that a hold is reported in time', () => {
  assert.equal(longestGap(follow(20_000, 5, undefined).looks), 2_000);
});

test('a new phase in Temporal is checked at once', () => {
  const schedule = new LookSchedule();
  schedule.saw({ atMs: 0, rows: 0, phase: 'sending', questions: 2 }, 'sending');
  assert.equal(schedule.isDue(100, 'sending'), false);
  assert.equal(schedule.isDue(100, 'on_hold'), true);
});

test('a phase that Temporal shows late, after the batch reported it, causes no further query', () => {
  const schedule = new LookSchedule();
  schedule.saw({ atMs: 0, rows: 0, phase: 'sending', questions: 2 }, 'staging');
  assert.equal(schedule.isDue(100, 'staging'), false);
  assert.equal(schedule.isDue(200, 'sending'), false);
});
