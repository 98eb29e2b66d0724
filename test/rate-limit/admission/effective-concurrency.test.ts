import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Limits } from '../../../src/rate-limit/admission/batch-queue.ts';
import type { Permit } from '../../../src/rate-limit/admission/permit.ts';
import { writeAccountLimit, writeBatchLimits } from '../../../src/storage/limit-settings.ts';
import { batchId, changed, createRateLimiter, enter, never, otherId, startClock } from '../limiter-clock.ts';
import { createMemoryStorage } from '../memory-storage.ts';

test('the effective concurrency under the account limit is reported once, and again after a large change', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const rateLimiter = createRateLimiter(clock.nowMs, storage);
  await enter(rateLimiter, { concurrency: 200 });
  assert.equal(
    rateLimiter.concurrencyUpdate(batchId),
    200,
    'another worker may have reported a limit that is over',
  );
  const reported: (number | undefined)[] = [];
  for (const ratePerS of [5, 5.5, 2, null]) {
    await writeAccountLimit(storage.files, 'targetFingerprint', { version: 1, ratePerS, ...changed });
    await clock.advance(1_000);
    reported.push(rateLimiter.concurrencyUpdate(batchId), rateLimiter.concurrencyUpdate(batchId));
  }
  assert.deepEqual(reported, [10, undefined, undefined, undefined, 4, undefined, 200, undefined]);
  rateLimiter.stop();
});

test('an answer may wait if more rows wait for their slot than the rate needs meanwhile, and never without a limit', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const rateLimiter = createRateLimiter(clock.nowMs, storage);
  const come = async (id: string, count: number, limits: Limits): Promise<void> => {
    for (let index = 0; index < count; index += 1) void rateLimiter.enter(id, limits, 10_000, never);
    await clock.advance(20);
  };
  assert.equal(rateLimiter.hasRowsFor(batchId, 200), false, 'nothing is known of the batch');
  await come(batchId, 3, { ratePerS: 10, concurrency: 200 });
  assert.equal(rateLimiter.hasRowsFor(batchId, 200), false);
  await come(batchId, 3, { ratePerS: 10, concurrency: 200 });
  assert.equal(rateLimiter.hasRowsFor(batchId, 200), true);
  await come(otherId, 10, { concurrency: 2 });
  assert.equal(rateLimiter.hasRowsFor(otherId, 200), false, 'they wait for a place, and an answer gives one');
  await writeAccountLimit(storage.files, 'targetFingerprint', { version: 1, ratePerS: 10, ...changed });
  await clock.advance(600);
  assert.equal(rateLimiter.hasRowsFor(otherId, 200), true, 'now its share of the limit holds them back');
  assert.equal(
    rateLimiter.hasRowsFor(otherId, 1_500),
    true,
    'eight rows are more than 1.5 s at half of the limit',
  );
  assert.equal(rateLimiter.hasRowsFor(otherId, 1_700), false, 'and less than 1.7 s of it');
  rateLimiter.stop();
});

test('rows started because of a slow first answer are sent back: each would wait long enough for a heartbeat', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs, createMemoryStorage());
  let concurrency: number | undefined;
  for (let index = 0; index < 100; index += 1) {
    const permit = await enter(rateLimiter, { ratePerS: 60, concurrency: 720 });
    const slot = permit.slot();
    await clock.advance(50);
    assert.equal(await slot, 'go');
    await clock.advance(index === 0 ? 350 : 50);
    permit.answered();
    permit.release();
    concurrency = rateLimiter.concurrencyUpdate(batchId) ?? concurrency;
  }
  assert.ok(concurrency !== undefined && concurrency <= 60 * (0.1 + 1.5) * 1.1, String(concurrency));
  rateLimiter.stop();
});

test('if a gateway takes ten seconds to answer, more rows start, and fewer once it is fast again; one hanging request changes nothing', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs, createMemoryStorage());
  const answerAfter = async (ms: number): Promise<number | undefined> => {
    const permit = await enter(rateLimiter, { ratePerS: 20, concurrency: 240 });
    const slot = permit.slot();
    await clock.advance(1_000);
    assert.equal(await slot, 'go');
    await clock.advance(ms - 1_000);
    permit.answered();
    permit.release();
    return rateLimiter.concurrencyUpdate(batchId);
  };
  const first = await answerAfter(10_000);
  assert.ok(first !== undefined && first >= 20 * 9 && first <= 20 * 12, String(first));
  let last: number | undefined = first;
  for (let index = 0; index < 100; index += 1) last = (await answerAfter(1_100)) ?? last;
  assert.ok(last !== undefined && last >= 20 * 1 && last <= 20 * 4, String(last));
  assert.equal(await answerAfter(30_000), undefined);
  rateLimiter.stop();
});

test('a batch that has ended takes no share of the account limit', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'targetFingerprint', { version: 1, ratePerS: 20, ...changed });
  const rateLimiter = createRateLimiter(clock.nowMs, storage);
  const comeTo = async (id: string): Promise<Permit> => {
    const entered = rateLimiter.enter(id, { concurrency: 200 }, 10_000, never);
    await clock.advance(200);
    const permit = await entered;
    assert.ok(permit.kind === 'permit');
    return permit;
  };
  (await comeTo(otherId)).release();
  const permit = await comeTo(batchId);
  assert.equal(rateLimiter.concurrencyUpdate(batchId), 40, '20 per second for 0.5 s and 1.5 s');
  permit.release();
  rateLimiter.stop();
});

test('after a change of its limits the effective concurrency of a batch is reported again, even if it is the same', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const rateLimiter = createRateLimiter(clock.nowMs, storage);
  const entered = rateLimiter.enter(batchId, { ratePerS: 20, concurrency: 200 }, 10_000, never);
  await clock.advance(200);
  await entered;
  assert.deepEqual(
    [rateLimiter.concurrencyUpdate(batchId), rateLimiter.concurrencyUpdate(batchId)],
    [40, undefined],
  );
  const limits = { ...changed, change: 1, ratePerS: 20, concurrency: 300 };
  await writeBatchLimits(storage.files, batchId, limits);
  await clock.advance(600);
  assert.equal(rateLimiter.concurrencyUpdate(batchId), 40, 'the workflow forgot it with the change');
  rateLimiter.stop();
});
