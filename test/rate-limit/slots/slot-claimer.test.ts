import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeAccountLimit } from '../../../src/storage/limit-settings.ts';
import {
  batchId,
  changed,
  createRateLimiter,
  enter,
  never,
  runSenders,
  startClock,
} from '../limiter-clock.ts';
import { createMemoryStorage } from '../memory-storage.ts';

test('slots that were being claimed when the gateway refused are not used: nothing is sent before the gateway wants more requests', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'targetFingerprint', { version: 1, ratePerS: 100, ...changed });
  let letSlotBatchBe: () => void = () => undefined;
  let slotBatches = 0;
  const slots: typeof storage.slots = {
    ...storage.slots,
    async create(...input) {
      slotBatches += 1;
      if (slotBatches === 1) {
        await new Promise<void>((resolve) => {
          letSlotBatchBe = resolve;
        });
      }
      return await storage.slots.create(...input);
    },
  };
  const rateLimiter = createRateLimiter(clock.nowMs, { ...storage, slots });
  const permit = await enter(rateLimiter, { concurrency: 300 });
  const sentAtMs = permit.slot().then((slot) => [slot, clock.nowMs()]);
  await clock.advance(5);
  assert.equal(slotBatches, 1, 'its slot is being claimed');
  const refusedAtMs = clock.nowMs();
  rateLimiter.refused({ sentAtMs: refusedAtMs - 50, retryAfterMs: 1_000, cause: 'HTTP 429' });
  letSlotBatchBe();
  await clock.advance(1_500);
  const [slot, atMs] = await sentAtMs;
  assert.equal(slot, 'go');
  assert.ok(Number(atMs) >= refusedAtMs + 1_000, `${Number(atMs) - refusedAtMs} ms after the refusal`);
  rateLimiter.stop();
});

test('rows that come one by one share slot batches, and none waits longer than the gathering of slots', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  let slotBatches = 0;
  const slots: typeof storage.slots = {
    ...storage.slots,
    create: (...input) => {
      slotBatches += 1;
      return storage.slots.create(...input);
    },
  };
  const rateLimiter = createRateLimiter(clock.nowMs, { ...storage, slots });
  const waitedMs: number[] = [];
  const row = async (): Promise<void> => {
    const cameAtMs = clock.nowMs();
    const permit = await enter(rateLimiter, { ratePerS: 200, concurrency: 1_000 });
    assert.equal(await permit.slot(), 'go');
    waitedMs.push(clock.nowMs() - cameAtMs);
    permit.release();
  };
  for (let sent = 0; sent < 200; sent += 1) {
    void row();
    await clock.advance(10);
  }
  await clock.advance(100);
  rateLimiter.stop();
  assert.equal(waitedMs.length, 200);
  assert.ok(slotBatches <= 50, `${slotBatches} slot batches for 200 rows in two seconds`);
  assert.ok(Math.max(...waitedMs) <= 65, `one waited for ${Math.max(...waitedMs)} ms`);
});

for (const [ratePerS, concurrency, answerMs, atLeastPerS] of [
  [50, 4, 60, 49],
  [200, 4, 60, 60],
  [200, 20, 95, 190],
] as const) {
  test(`at ${ratePerS} per second with ${concurrency} requests in flight and answers after ${answerMs} ms no time is lost by gathering slots`, async (t) => {
    const clock = startClock(t);
    const { sentAtMs } = await runSenders(clock, createRateLimiter(clock.nowMs), {
      concurrency: concurrency,
      limits: { ratePerS, concurrency },
      sends: ratePerS * 4,
      intentMs: () => 3,
      answerMs: () => answerMs,
    });
    const fromMs = (sentAtMs[0] ?? 0) + 500;
    const settled = sentAtMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 2_000).length;
    assert.ok(settled / 2 >= atLeastPerS, `${settled / 2} a second`);
  });
}

test('a worker that gathers reports a refusal at once', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'targetFingerprint', { version: 1, ratePerS: 200, ...changed });
  const createdAtMs: number[] = [];
  const slots: typeof storage.slots = {
    ...storage.slots,
    create: (...input) => {
      createdAtMs.push(clock.nowMs());
      return storage.slots.create(...input);
    },
  };
  const rateLimiter = createRateLimiter(clock.nowMs, { ...storage, slots });
  const row = async (): Promise<void> => {
    const permit = await enter(rateLimiter, { concurrency: 1_000 });
    assert.equal(await permit.slot(), 'go');
    permit.release();
  };
  void row();
  await clock.advance(5);
  assert.equal(createdAtMs.length, 1, 'a slot batch of one slot');
  const second = row();
  await clock.advance(5);
  assert.equal(createdAtMs.length, 1, 'the next one is gathered');
  const refusedAtMs = clock.nowMs();
  rateLimiter.refused({ sentAtMs: refusedAtMs - 2, retryAfterMs: 1_000, cause: 'HTTP 429' });
  await clock.advance(5);
  assert.ok((createdAtMs[1] ?? Number.POSITIVE_INFINITY) <= refusedAtMs + 2, 'the others know it now');
  await clock.advance(1_200);
  await second;
  rateLimiter.stop();
});

test('a stopped rate limiter claims no more slots', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  let slotBatches = 0;
  const slots: typeof storage.slots = {
    ...storage.slots,
    create: (...input) => {
      slotBatches += 1;
      return storage.slots.create(...input);
    },
  };
  const rateLimiter = createRateLimiter(clock.nowMs, { ...storage, slots });
  for (let row = 0; row < 50; row += 1) {
    void rateLimiter.enter(batchId, { ratePerS: 10, concurrency: 100 }, 10_000, never);
  }
  await clock.advance(1_000);
  assert.ok(slotBatches > 5, `${slotBatches} slot batches in the first second`);
  rateLimiter.stop();
  await clock.advance(200);
  slotBatches = 0;
  await clock.advance(3_000);
  assert.equal(slotBatches, 0);
});
