import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextImmediate } from 'node:timers/promises';
import { createRateLimiter as createSharedRateLimiter } from '../../src/rate-limit/rate-limiter.ts';
import { writeBatchLimits } from '../../src/storage/limit-settings.ts';
import { batchId, changed, createRateLimiter, enter, never, otherId, startClock } from './limiter-clock.ts';
import { createMemoryStorage } from './memory-storage.ts';

test('a rate changed in the storage takes effect within two seconds, for waiting and arriving rows', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const rateLimiter = createRateLimiter(clock.nowMs, storage);
  const sentAtMs: number[] = [];
  const sender = async (): Promise<void> => {
    for (;;) {
      const entry = await rateLimiter.enter(batchId, { ratePerS: 1, concurrency: 300 }, 100_000, never);
      if (entry.kind === 'come_back') return;
      if ((await entry.slot()) === 'go') sentAtMs.push(clock.nowMs());
      entry.release();
    }
  };
  void Promise.all(Array.from({ length: 40 }, sender));
  const inSecond = (fromMs: number): number =>
    sentAtMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000).length;
  await clock.advance(3_000);
  for (const [change, ratePerS, expected] of [
    [1, 100, [98, 100]],
    [2, 20, [19, 20]],
    [3, 50, [49, 50]],
    // A change that arrives late does not replace a newer one.
    [2, 5, [49, 50]],
  ] as const) {
    await writeBatchLimits(storage.files, batchId, { ...changed, change, ratePerS, concurrency: 300 });
    await clock.advance(3_000);
    const seen = inSecond(clock.nowMs() - 1_000);
    assert.ok(seen >= expected[0] && seen <= expected[1], `${seen} a second after ${ratePerS}`);
  }
  rateLimiter.stop();
});

test('many simultaneous rows share one read of the limits, and without a limit no slot is ever claimed', async () => {
  const storage = createMemoryStorage();
  let reads = 0;
  const files = {
    ...storage.files,
    read: (key: string) => {
      reads += 1;
      return storage.files.read(key);
    },
  };
  const slots = { ...storage.slots, create: () => assert.fail('a slot was claimed') };
  const rateLimiter = createSharedRateLimiter({ slots, files, targetFingerprint: 'targetFingerprint' });
  const permits = await Promise.all(
    Array.from({ length: 100 }, () => enter(rateLimiter, { concurrency: 100 })),
  );
  for (const permit of permits) {
    assert.equal(await permit.slot(), 'go');
    permit.release();
  }
  assert.equal(reads, 2, 'the rate of the batch, and the limit of the account');
  rateLimiter.stop();
});

for (const [what, stoodStillMs, kind] of [
  ['two seconds', 2_000, 'come_back'],
  ['a second', 1_000, 'permit'],
] as const) {
  test(`a process that stalled for ${what} ${kind === 'permit' ? 'uses the limits it knows' : 'reads the limits before it admits a row'}`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let nowMs = 1_700_000_000_000;
    const storage = createMemoryStorage();
    const rateLimiter = createRateLimiter(() => nowMs, storage);
    const first = await enter(rateLimiter, { concurrency: 10 });
    await writeBatchLimits(storage.files, batchId, { ...changed, change: 1, concurrency: 1 });
    // No timer fires meanwhile, as in a stopped process.
    nowMs += stoodStillMs;
    const second = rateLimiter.enter(batchId, { concurrency: 10 }, 100, never);
    for (let slot = 0; slot < 50; slot += 1) await nextImmediate();
    t.mock.timers.tick(200);
    assert.equal((await second).kind, kind);
    first.release();
    rateLimiter.stop();
  });
}

test('hundreds of simultaneous rows read the limits once, however long that takes', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage(() => clock.wait(700));
  let looks = 0;
  const files: typeof storage.files = {
    ...storage.files,
    read: (key) => {
      if (key.includes('targetFingerprint')) looks += 1;
      return storage.files.read(key);
    },
  };
  const rateLimiter = createRateLimiter(clock.nowMs, { ...storage, files });
  const limits = { concurrency: 500 };
  const entries = Promise.all(
    Array.from({ length: 300 }, () => rateLimiter.enter(batchId, limits, 0, never)),
  );
  let isIn = false;
  void entries.then(() => {
    isIn = true;
  });
  await clock.advance(2_200);
  assert.ok(isIn, 'a look that takes longer than it stays fresh is enough for the rows that waited for it');
  assert.equal(looks, 1);
  assert.ok((await entries).every(({ kind }) => kind === 'permit'));
  rateLimiter.stop();
});

test('a batch without arriving rows for five seconds is no longer polled, and without batches nothing is', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  let reads: string[] = [];
  const files: typeof storage.files = {
    ...storage.files,
    read: (key) => {
      reads.push(key);
      return storage.files.read(key);
    },
  };
  const rateLimiter = createRateLimiter(clock.nowMs, { ...storage, files });
  const come = async (id: string): Promise<void> => {
    const permit = await rateLimiter.enter(id, { concurrency: 10 }, 10_000, never);
    assert.equal(permit.kind, 'permit');
    if (permit.kind === 'permit') permit.release();
  };
  await come(batchId);
  await clock.advance(4_000);
  assert.ok(
    reads.some((key) => key.includes('merchant/batch')),
    'it is polled while it may go on',
  );
  await come(otherId);
  await clock.advance(2_000);
  reads = [];
  await clock.advance(2_000);
  assert.ok(reads.some((key) => key.includes('merchant/other')));
  assert.ok(!reads.some((key) => key.includes('merchant/batch')));
  await clock.advance(3_000);
  reads = [];
  await clock.advance(2_000);
  assert.deepEqual(reads, []);
  rateLimiter.stop();
});
