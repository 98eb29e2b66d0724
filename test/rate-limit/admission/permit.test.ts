import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextImmediate } from 'node:timers/promises';
import type { Permit } from '../../../src/rate-limit/admission/permit.ts';
import { batchId, createRateLimiter, enter, never, otherId, startClock } from '../limiter-clock.ts';

test('a released place goes to the row that has waited longest', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const limits = { concurrency: 1 };
  const first = await enter(rateLimiter, limits);
  const order: string[] = [];
  const wait = async (name: string): Promise<void> => {
    const permit = await enter(rateLimiter, limits);
    order.push(name);
    permit.release();
  };
  const waiting = [wait('second'), wait('third')];
  await clock.advance(3);
  assert.deepEqual(order, []);
  first.release();
  await Promise.all(waiting);
  assert.deepEqual(order, ['second', 'third']);
});

test('a row that would wait too long comes back at once with the length of its wait, including the queue before it', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const limits = { ratePerS: 1, concurrency: 100 };
  // The queue serves one a second: the eleventh would wait longer than ten seconds.
  const entries = Array.from({ length: 14 }, () => rateLimiter.enter(batchId, limits, 10_000, never));
  const last = await entries.at(-1);
  assert.equal(last?.kind, 'come_back');
  assert.ok(last.afterMs > 10_000 && last.afterMs <= 14_000, `${last.afterMs} ms`);
  let admitted = 0;
  for (const entry of entries) {
    void entry.then(async (permit) => {
      if (permit.kind !== 'permit') return;
      admitted += 1;
      await permit.slot();
    });
  }
  await clock.advance(10_500);
  assert.ok(admitted >= 10 && admitted <= 12, `${admitted} admitted`);
});

test('a row that waits for a place longer than allowed comes back later', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  await enter(rateLimiter, { concurrency: 1 });
  const waiting = rateLimiter.enter(batchId, { concurrency: 1 }, 200, never);
  await clock.advance(250);
  assert.deepEqual(await waiting, { kind: 'come_back', afterMs: 1_000 });
});

test('a wait that is aborted rejects with the reason and takes no place', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const limits = { concurrency: 1 };
  const first = await enter(rateLimiter, limits);
  const controller = new AbortController();
  const aborted = rateLimiter.enter(batchId, limits, 5_000, controller.signal);
  const next = rateLimiter.enter(batchId, limits, 5_000, never);
  controller.abort(new Error('cancelled'));
  await assert.rejects(aborted, /cancelled/);
  await assert.rejects(rateLimiter.enter(batchId, limits, 5_000, controller.signal), /cancelled/);
  first.release();
  assert.equal((await next).kind, 'permit');
});

test('a stopped rate limiter sends back every waiting or arriving row', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const limits = { ratePerS: 1, concurrency: 5 };
  await enter(rateLimiter, limits);
  const waiting = [
    rateLimiter.enter(batchId, limits, 5_000, never),
    rateLimiter.enter(otherId, { concurrency: 1 }, 5_000, never),
  ];
  await nextImmediate();
  rateLimiter.stop();
  assert.deepEqual(await waiting[0], { kind: 'come_back', afterMs: 0 });
  assert.equal((await waiting[1])?.kind, 'permit', 'a row admitted before continues');
  assert.deepEqual(await rateLimiter.enter(batchId, limits, 5_000, never), { kind: 'come_back', afterMs: 0 });
});

test('a permit released twice frees one place only', async () => {
  const rateLimiter = createRateLimiter(() => 1_700_000_000_000);
  const limits = { concurrency: 1 };
  const first = await enter(rateLimiter, limits);
  first.release();
  first.release();
  await enter(rateLimiter, limits);
  const third = rateLimiter.enter(batchId, limits, 1, never);
  assert.equal((await third).kind, 'come_back');
});

test('a row whose slot does not come while its intent is young comes back after two and a half seconds', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const permit = await enter(rateLimiter, { ratePerS: 10, concurrency: 10 });
  rateLimiter.refused({ sentAtMs: clock.nowMs() - 50, retryAfterMs: 20_000, cause: 'HTTP 429' });
  const slots: Awaited<ReturnType<Permit['slot']>>[] = [];
  void permit.slot().then((slot) => slots.push(slot));
  await clock.advance(2_400);
  assert.equal(slots.length, 0, 'it waits');
  await clock.advance(200);
  const [slot] = slots;
  assert.ok(typeof slot === 'object' && slot.afterMs >= 1_000, JSON.stringify(slots));
  permit.release();
  rateLimiter.stop();
});
