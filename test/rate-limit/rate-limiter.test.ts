import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostWithin } from '../support/most-within.ts';
import {
  batchId,
  createRateLimiter,
  enter,
  never,
  otherId,
  runSenders,
  scattered,
  startClock,
} from './limiter-clock.ts';

for (const [ratePerS, concurrency, what, intentMs, answerMs] of [
  [50, 20, 'quick intents', () => 1, () => 100],
  [50, 40, 'intents that take 0 to 60 ms', scattered(60), scattered(300)],
  [
    50,
    40,
    'a disk that stalls for 400 ms now and then',
    (send: number) => (send % 40 === 0 ? 400 : 1),
    () => 100,
  ],
  [200, 60, 'intents that take 0 to 60 ms', scattered(60), scattered(100)],
  [49.5, 40, 'intents that take 0 to 20 ms', scattered(20), scattered(300)],
  [3, 4, 'quick intents', () => 1, scattered(200)],
] as const) {
  test(`at ${ratePerS} per second with ${what} no second has more requests, and the rate is used`, async (t) => {
    const clock = startClock(t);
    const sends = Math.min(300, ratePerS * 12);
    const { sentAtMs } = await runSenders(clock, createRateLimiter(clock.nowMs), {
      concurrency,
      limits: { ratePerS, concurrency: concurrency },
      sends,
      intentMs,
      answerMs,
    });
    assert.equal(sentAtMs.length, sends);
    assert.ok(mostWithin(1_000, sentAtMs) <= Math.max(ratePerS * 1.02, Math.ceil(ratePerS) + 1));
    const tookMs = (sentAtMs.at(-1) ?? 0) - (sentAtMs[0] ?? 0);
    const spacesMs = ((sends - 1) / ratePerS) * 1_000;
    assert.ok(tookMs <= spacesMs / 0.99 + 60, `${tookMs} ms for ${spacesMs} ms of spaces`);
    assert.ok(tookMs >= spacesMs * 0.98, `${tookMs} ms for ${spacesMs} ms of spaces`);
  });
}

for (const concurrency of [1, 10]) {
  test(`a wall clock that is set back by two hours costs a batch with ${concurrency} at once two seconds at most, and no second has more requests`, async (t) => {
    const clock = startClock(t);
    const startMs = clock.nowMs();
    const ratePerS = 10;
    const nowMs = (): number => clock.nowMs() - (clock.nowMs() < startMs + 2_000 ? 0 : 7_200_000);
    const { sentAtMs } = await runSenders(clock, createRateLimiter(nowMs), {
      ...{ concurrency, limits: { ratePerS, concurrency }, sends: 60 },
      intentMs: () => 1,
      answerMs: () => 30,
    });
    assert.equal(sentAtMs.length, 60);
    assert.ok(mostWithin(1_000, sentAtMs) <= ratePerS + 1);
    const tookMs = (sentAtMs.at(-1) ?? 0) - (sentAtMs[0] ?? 0);
    assert.ok(tookMs <= 6_000 + 2_000, `${tookMs} ms`);
  });
}

test('the requests of a quiet batch are spaced evenly, not sent a second’s worth at once', async (t) => {
  const clock = startClock(t);
  const { sentAtMs } = await runSenders(clock, createRateLimiter(clock.nowMs), {
    concurrency: 10,
    limits: { ratePerS: 20, concurrency: 10 },
    sends: 40,
    intentMs: () => 2,
    answerMs: () => 30,
  });
  const gaps = sentAtMs.slice(1).map((atMs, index) => atMs - (sentAtMs[index] ?? 0));
  assert.ok(Math.min(...gaps) >= 38 && Math.max(...gaps) <= 62, gaps.join(' '));
});

test('a pause without requests is not followed by a burst', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const limits = { ratePerS: 50, concurrency: 100 };
  const concurrency = { concurrency: 50, limits, sends: 50, intentMs: () => 1, answerMs: () => 5 };
  const before = await runSenders(clock, rateLimiter, concurrency);
  await clock.advance(5_000);
  const after = await runSenders(clock, rateLimiter, concurrency);
  assert.ok(mostWithin(1_000, [...before.sentAtMs, ...after.sentAtMs]) <= 51);
});

test('never more requests are in flight than the concurrency allows, with and without a rate', async (t) => {
  const clock = startClock(t);
  for (const limits of [{ concurrency: 7 }, { concurrency: 7, ratePerS: 400 }]) {
    const { mostInFlight } = await runSenders(clock, createRateLimiter(clock.nowMs), {
      concurrency: 30,
      limits,
      sends: 120,
      intentMs: scattered(5),
      answerMs: scattered(60),
    });
    assert.equal(mostInFlight, 7);
  }
});

test('without a rate no row waits while concurrency is left', async () => {
  const rateLimiter = createRateLimiter();
  const permits = await Promise.all(
    Array.from({ length: 50 }, () => enter(rateLimiter, { concurrency: 50 })),
  );
  await Promise.all(permits.map((permit) => permit.slot()));
});

test('two batches have their own rates', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const limits = { ratePerS: 1, concurrency: 1 };
  assert.equal((await rateLimiter.enter(batchId, limits, 0, never)).kind, 'permit');
  assert.equal((await rateLimiter.enter(otherId, limits, 0, never)).kind, 'permit');
  assert.equal((await rateLimiter.enter(batchId, limits, 0, never)).kind, 'come_back');
});

for (const stepMs of [0.3, 1, 3, 7]) {
  test(`a row whose slot comes between two looks at the clock, ${stepMs} ms apart, is still admitted`, async () => {
    let nowMs = 0;
    const rateLimiter = createRateLimiter(() => {
      nowMs += stepMs;
      return nowMs;
    });
    const limits = { ratePerS: 100, concurrency: 100 };
    const entries = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const entry = await rateLimiter.enter(batchId, limits, 2_000, never);
        if (entry.kind === 'permit') entry.release();
        return entry.kind;
      }),
    );
    assert.deepEqual(new Set(entries), new Set(['permit']));
  });
}

test('with the real clock and timers 60 requests keep their rate', async () => {
  const rateLimiter = createRateLimiter();
  const limits = { ratePerS: 60, concurrency: 10 };
  const sentAtMs: number[] = [];
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: 60 }, async () => {
      const permit = await enter(rateLimiter, limits);
      await permit.slot();
      sentAtMs.push(performance.now());
      permit.release();
    }),
  );
  assert.equal(sentAtMs.length, 60);
  // Measured from before the first row, so that a busy machine only makes it longer.
  const tookMs = (sentAtMs.at(-1) ?? 0) - startMs;
  assert.ok(tookMs >= 975, `${tookMs} ms`);
});
