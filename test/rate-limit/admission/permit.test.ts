import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Permit } from '../../../src/rate-limit/admission/permit.ts';
import { batchId, createRateLimiter, enter, never, startClock } from '../limiter-clock.ts';

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
