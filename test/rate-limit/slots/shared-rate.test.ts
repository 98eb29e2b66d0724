import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAccountLimits } from '../../../src/rate-limit/account-limits.ts';
import type { ComeBack } from '../../../src/rate-limit/admission/batch-queue.ts';
import type { Permit } from '../../../src/rate-limit/admission/permit.ts';
import type { RateLimiter } from '../../../src/rate-limit/rate-limiter.ts';
import { writeAccountLimit } from '../../../src/storage/limit-settings.ts';
import { batchId, changed, createRateLimiter, enter, never, startClock } from '../limiter-clock.ts';
import { createMemoryStorage } from '../memory-storage.ts';

test('a gateway that refuses half of the rate is left alone for as long as it asks, and then gets about as much as it accepts', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const rateLimiters = [createRateLimiter(clock.nowMs, storage), createRateLimiter(clock.nowMs, storage)];
  const accepted: number[] = [];
  const refused: number[] = [];
  const sender = async (rateLimiter: RateLimiter): Promise<void> => {
    for (;;) {
      const entry = await rateLimiter.enter(batchId, { ratePerS: 100, concurrency: 300 }, 100_000, never);
      if (entry.kind === 'come_back') return;
      if ((await entry.slot()) === 'go') {
        entry.sent();
        const sentAtMs = clock.nowMs();
        const isAccepted = accepted.filter((atMs) => atMs > sentAtMs - 1_000).length < 50;
        (isAccepted ? accepted : refused).push(sentAtMs);
        await clock.wait(20);
        if (!isAccepted) rateLimiter.refused({ sentAtMs, retryAfterMs: 1_000, cause: 'HTTP 429' });
      }
      entry.release();
    }
  };
  for (const rateLimiter of rateLimiters)
    void Promise.all(Array.from({ length: 60 }, () => sender(rateLimiter)));
  await clock.advance(5_000);
  const firstMs = refused[0] ?? 0;
  const inPause = [...accepted, ...refused].filter((atMs) => atMs > firstMs + 600 && atMs < firstMs + 1_000);
  assert.equal(inPause.length, 0, 'both workers wait for as long as the gateway asked');
  const settledMs = clock.nowMs();
  const refusedBefore = refused.length;
  await clock.advance(60_000);
  const share = accepted.filter((atMs) => atMs >= settledMs).length / (60 * 50);
  const refusedShare = (refused.length - refusedBefore) / (60 * 50);
  assert.ok(share >= 0.95, `${share} of what the gateway accepts`);
  assert.ok(refusedShare < 0.02, `${refusedShare} refused`);
  for (const rateLimiter of rateLimiters) rateLimiter.stop();
});

test('a worker gives up its slots as soon as it sees that another worker was refused', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'targetFingerprint', { version: 1, ratePerS: 100, ...changed });
  const rateLimiters = [
    createRateLimiter(clock.nowMs, storage),
    createRateLimiter(clock.nowMs, storage),
  ] as const;
  const sentAtMs: number[] = [];
  const sender = async (): Promise<void> => {
    for (;;) {
      const entry = await rateLimiters[0].enter(batchId, { concurrency: 300 }, 100_000, never);
      if (entry.kind === 'come_back') return;
      if ((await entry.slot()) === 'go') sentAtMs.push(clock.nowMs());
      entry.release();
    }
  };
  for (let count = 0; count < 60; count += 1) void sender();
  await clock.advance(1_000);
  const other = await rateLimiters[1].enter(batchId, { concurrency: 300 }, 10_000, never);
  assert.equal(other.kind, 'permit');
  await clock.advance(1_000);
  const refusedAtMs = clock.nowMs();
  rateLimiters[1].refused({ sentAtMs: refusedAtMs - 100, retryAfterMs: 2_000, cause: 'HTTP 429' });
  await clock.advance(1_900);
  assert.ok(sentAtMs.length > 190, 'it had slots to give up');
  assert.deepEqual(
    sentAtMs.filter((atMs) => atMs > refusedAtMs + 100),
    [],
    'it sees it at its next look, within a slot batches',
  );
  for (const rateLimiter of rateLimiters) rateLimiter.stop();
});

test('a refusal counts the requests of all workers before it, not only those of the worker that met it', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'targetFingerprint', { version: 1, ratePerS: 100, ...changed });
  const rateLimiters = [
    createRateLimiter(clock.nowMs, storage),
    createRateLimiter(clock.nowMs, storage),
  ] as const;
  const sender = async (): Promise<void> => {
    for (;;) {
      const entry = await rateLimiters[0].enter(batchId, { concurrency: 300 }, 100_000, never);
      if (entry.kind === 'come_back') return;
      await entry.slot();
      entry.release();
    }
  };
  for (let count = 0; count < 60; count += 1) void sender();
  await clock.advance(2_000);
  let entry: Permit | ComeBack | undefined;
  void rateLimiters[1].enter(batchId, { concurrency: 300 }, 10_000, never).then(async (permit) => {
    if (permit.kind === 'permit') await permit.slot();
    entry = permit;
  });
  while (entry === undefined) await clock.advance(10);
  assert.ok(entry.kind === 'permit');
  entry.sent();
  rateLimiters[1].refused({ sentAtMs: clock.nowMs(), retryAfterMs: 1_000, cause: 'HTTP 429' });
  await clock.advance(50);
  const { backOff } = await readAccountLimits(storage, 'targetFingerprint', clock.nowMs());
  assert.equal(backOff?.basis, 'first');
  assert.ok((backOff?.plateauPerS ?? 0) > 90, JSON.stringify(backOff));
  for (const rateLimiter of rateLimiters) rateLimiter.stop();
});

test('without any limit of ours a refusal counts what this worker sent in the second before', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const rateLimiter = createRateLimiter(clock.nowMs, storage);
  for (let sent = 0; sent < 80; sent += 1) {
    const permit = await enter(rateLimiter, { concurrency: 300 });
    assert.equal(await permit.slot(), 'go');
    permit.sent();
    permit.release();
    await clock.advance(25);
  }
  rateLimiter.refused({ sentAtMs: clock.nowMs(), retryAfterMs: 1_000, cause: 'HTTP 429' });
  await clock.advance(50);
  const { backOff } = await readAccountLimits(storage, 'targetFingerprint', clock.nowMs());
  // One every 25 ms is 40 per second, less the margin of 2 %.
  assert.ok(Math.abs((backOff?.plateauPerS ?? 0) - 40 * 0.98) < 3, JSON.stringify(backOff));
  rateLimiter.stop();
});
