import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Limits } from '../../../src/rate-limit/admission/batch-queue.ts';
import { writeAccountLimit } from '../../../src/storage/limit-settings.ts';
import { mostWithin } from '../../support/most-within.ts';
import { batchId, changed, createRateLimiter, never, otherId, startClock } from '../limiter-clock.ts';
import { createMemoryStorage } from '../memory-storage.ts';

test('the account limit holds over all batches; each gets an equal share, and a late batch gets it at once', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'targetFingerprint', {
    version: 1,
    ratePerS: 60,
    ...changed,
  });
  const rateLimiter = createRateLimiter(clock.nowMs, storage);
  const sends: { readonly batch: string; readonly atMs: number }[] = [];
  const sender = async (batch: string, limits: Limits): Promise<void> => {
    for (;;) {
      const entry = await rateLimiter.enter(batch, limits, 100_000, never);
      if (entry.kind === 'come_back') return;
      if ((await entry.slot()) === 'go') sends.push({ batch, atMs: clock.nowMs() });
      entry.release();
    }
  };
  const countOf = (batch: string, fromMs: number): number =>
    sends.filter((send) => send.batch === batch && send.atMs >= fromMs && send.atMs < fromMs + 1_000).length;
  void Promise.all(Array.from({ length: 200 }, () => sender(batchId, { concurrency: 300 })));
  await clock.advance(3_000);
  assert.ok(countOf(batchId, clock.nowMs() - 1_000) >= 59);
  void Promise.all(Array.from({ length: 20 }, () => sender(otherId, { concurrency: 300 })));
  await clock.advance(200);
  const fromMs = clock.nowMs();
  await clock.advance(1_000);
  for (const batch of [batchId, otherId]) {
    const seen = countOf(batch, fromMs);
    assert.ok(seen >= 28 && seen <= 31, `${seen} of ${batch}`);
  }
  assert.ok(
    mostWithin(
      1_000,
      sends.map(({ atMs }) => atMs),
    ) <= 60,
  );
  rateLimiter.stop();
});

test('under an account limit a row behind many others of its batch comes back at once, and the first of another batch does not', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'targetFingerprint', { version: 1, ratePerS: 10, ...changed });
  const rateLimiter = createRateLimiter(clock.nowMs, storage);
  for (let index = 0; index < 30; index += 1)
    void rateLimiter.enter(batchId, { concurrency: 300 }, 10_000, never);
  await clock.advance(50);
  const late = await rateLimiter.enter(batchId, { concurrency: 300 }, 1_000, never);
  assert.ok(late.kind === 'come_back');
  assert.ok(late.afterMs > 2_000 && late.afterMs < 4_000, `${late.afterMs} ms`);
  const first = rateLimiter.enter(otherId, { concurrency: 300 }, 1_000, never);
  await clock.advance(900);
  assert.equal((await first).kind, 'permit');
  rateLimiter.stop();
});
