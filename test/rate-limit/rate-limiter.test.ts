import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextSlot } from 'node:timers/promises';
import { definedOf } from '../../src/domain/defined.ts';
import type { Limits } from '../../src/rate-limit/batch-queue.ts';
import type { Permit } from '../../src/rate-limit/permit.ts';
import {
  createRateLimiter as createSharedRateLimiter,
  type RateLimiter,
} from '../../src/rate-limit/rate-limiter.ts';
import { writeAccountLimit, writeBatchLimits } from '../../src/storage/limit-settings.ts';
import { mostWithin } from '../support/most-within.ts';
import { createMemoryStorage } from './memory-storage.ts';

const batchId = 'cardlift/merchant/batch';
const otherId = 'cardlift/merchant/other';

/** A rate limiter that shares its slots with nobody. */
function createRateLimiter(nowMs?: () => number, storage = createMemoryStorage()): RateLimiter {
  return createSharedRateLimiter({
    ...storage,
    targetFingerprint: 'targetFingerprint',
    ...definedOf({ nowMs }),
  });
}

const changed = { who: 'a test', at: '2026-01-01T00:00:00.000Z' };
const never = new AbortController().signal;

/** A clock of the test's own: timers fire when it is moved, and nothing waits for real time. */
function startClock(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 1_700_000_000_000;
  return {
    nowMs: () => nowMs,
    async advance(byMs: number): Promise<void> {
      for (let passed = 0; passed < byMs; passed += 1) {
        nowMs += 1;
        t.mock.timers.tick(1);
        await nextSlot();
      }
    },
    wait: (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms)),
  };
}

type Clock = ReturnType<typeof startClock>;

async function enter(rateLimiter: RateLimiter, limits: Limits, maxWaitMs = 10_000): Promise<Permit> {
  const entry = await rateLimiter.enter(batchId, limits, maxWaitMs, never);
  assert.equal(entry.kind, 'permit');
  return entry as Permit;
}

interface Senders {
  readonly concurrency: number;
  readonly limits: Limits;
  readonly sends: number;
  /** How long making the intent of a send takes, and its answer. */
  readonly intentMs: (send: number) => number;
  readonly answerMs: (send: number) => number;
}

/** Lets concurrency send as tokenizeRow does; gives the times of the requests, and the most that were under way at once. */
async function runSenders(
  clock: Clock,
  rateLimiter: RateLimiter,
  { concurrency, limits, sends, intentMs, answerMs }: Senders,
) {
  const sentAtMs: number[] = [];
  let begun = 0;
  let inFlight = 0;
  let mostUnderWay = 0;
  const sender = async (): Promise<void> => {
    while (begun < sends) {
      const send = begun;
      begun += 1;
      let entry = await rateLimiter.enter(batchId, limits, 10_000, never);
      while (entry.kind === 'come_back') {
        await clock.wait(entry.afterMs);
        entry = await rateLimiter.enter(batchId, limits, 10_000, never);
      }
      inFlight += 1;
      mostUnderWay = Math.max(mostUnderWay, inFlight);
      await clock.wait(intentMs(send));
      assert.equal(await entry.slot(), 'go');
      sentAtMs.push(clock.nowMs());
      await clock.wait(answerMs(send));
      inFlight -= 1;
      entry.release();
    }
  };
  const all = Promise.all(Array.from({ length: concurrency }, sender));
  let isDone = false;
  void all.then(() => {
    isDone = true;
  });
  while (!isDone) await clock.advance(50);
  return { sentAtMs, mostUnderWay };
}

/** The same numbers in every run, from 0 to below `limit`. */
const scattered = (limit: number) => (send: number) =>
  Math.floor(((((send + 1) * 2_654_435_761) % 2 ** 32) / 2 ** 32) * limit);

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
  test(`at ${ratePerS} a second with ${what} no second sees more, and the rate is used`, async (t) => {
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

test('the requests of a quiet batch are spaced evenly, not a second’s worth at once', async (t) => {
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

test('a pause in which nobody sends is not made up for by a burst', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const limits = { ratePerS: 50, concurrency: 100 };
  const concurrency = { concurrency: 50, limits, sends: 50, intentMs: () => 1, answerMs: () => 5 };
  const before = await runSenders(clock, rateLimiter, concurrency);
  await clock.advance(5_000);
  const after = await runSenders(clock, rateLimiter, concurrency);
  assert.ok(mostWithin(1_000, [...before.sentAtMs, ...after.sentAtMs]) <= 51);
});

test('never more requests are under way than the concurrency says, with and without a rate', async (t) => {
  const clock = startClock(t);
  for (const limits of [{ concurrency: 7 }, { concurrency: 7, ratePerS: 400 }]) {
    const { mostUnderWay } = await runSenders(clock, createRateLimiter(clock.nowMs), {
      concurrency: 30,
      limits,
      sends: 120,
      intentMs: scattered(5),
      answerMs: scattered(60),
    });
    assert.equal(mostUnderWay, 7);
  }
});

test('without a rate nobody waits while there are places', async () => {
  const rateLimiter = createRateLimiter();
  const permits = await Promise.all(
    Array.from({ length: 50 }, () => enter(rateLimiter, { concurrency: 50 })),
  );
  await Promise.all(permits.map((permit) => permit.slot()));
});

test('a permit given back twice frees one place only', async () => {
  const rateLimiter = createRateLimiter(() => 1_700_000_000_000);
  const limits = { concurrency: 1 };
  const first = await enter(rateLimiter, limits);
  first.release();
  first.release();
  await enter(rateLimiter, limits);
  const third = rateLimiter.enter(batchId, limits, 1, never);
  assert.equal((await third).kind, 'come_back');
});

test('a place that is given back goes to who waited longest', async (t) => {
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

test('a wait that would be too long is given back at once with its length, those in the queue counted', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const limits = { ratePerS: 1, concurrency: 100 };
  // The queue takes one a second: the eleventh would wait longer than ten.
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

test('who waits for a place longer than allowed is told to come back', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  await enter(rateLimiter, { concurrency: 1 });
  const waiting = rateLimiter.enter(batchId, { concurrency: 1 }, 200, never);
  await clock.advance(250);
  assert.deepEqual(await waiting, { kind: 'come_back', afterMs: 1_000 });
});

test('a wait that is aborted rejects with the reason, and takes no place', async (t) => {
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

test('a rate limiter that is stopped sends everybody back, who waits and who comes', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const limits = { ratePerS: 1, concurrency: 5 };
  await enter(rateLimiter, limits);
  const waiting = [
    rateLimiter.enter(batchId, limits, 5_000, never),
    rateLimiter.enter(otherId, { concurrency: 1 }, 5_000, never),
  ];
  await nextSlot();
  rateLimiter.stop();
  assert.deepEqual(await waiting[0], { kind: 'come_back', afterMs: 0 });
  assert.equal((await waiting[1])?.kind, 'permit', 'who was let in before goes on');
  assert.deepEqual(await rateLimiter.enter(batchId, limits, 5_000, never), { kind: 'come_back', afterMs: 0 });
});

test('a rate that is changed in the storage holds within two seconds, for rows that wait and rows that come', async (t) => {
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
    // One that comes late does not take back what came after it.
    [2, 5, [49, 50]],
  ] as const) {
    await writeBatchLimits(storage.files, batchId, { ...changed, change, ratePerS, concurrency: 300 });
    await clock.advance(3_000);
    const seen = inSecond(clock.nowMs() - 1_000);
    assert.ok(seen >= expected[0] && seen <= expected[1], `${seen} a second after ${ratePerS}`);
  }
  rateLimiter.stop();
});

test('the limit of the account holds over all batches, which get equal shares, and the one that comes late gets its share at once', async (t) => {
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

test('many rows that come at once share one look at the settings, and without a limit no slot is ever taken', async () => {
  const storage = createMemoryStorage();
  let reads = 0;
  const files = {
    ...storage.files,
    read: (key: string) => {
      reads += 1;
      return storage.files.read(key);
    },
  };
  const slots = { ...storage.slots, create: () => assert.fail('a slot was taken') };
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

test('of how many rows is use under the limit of the account is told once, and again when it has changed much', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const rateLimiter = createRateLimiter(clock.nowMs, storage);
  await enter(rateLimiter, { concurrency: 200 });
  assert.equal(
    rateLimiter.concurrencyUpdate(batchId),
    200,
    'another worker may have told of a limit that is over',
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

test('an answer may wait where more rows wait for their slot than the rate takes meanwhile, and never without a limit', async (t) => {
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

test('rows that were handed out for a slow first answer are taken back: they would wait long enough for a heartbeat each', async (t) => {
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

test('a gateway that takes ten seconds to answer has so many more rows handed out, and fewer when it is quick again; one that hangs once changes nothing', async (t) => {
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

test('a gateway that refuses half of the rate is left alone for as long as it asks, and then asked about as much as it takes', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const pacers = [createRateLimiter(clock.nowMs, storage), createRateLimiter(clock.nowMs, storage)];
  const taken: number[] = [];
  const refused: number[] = [];
  const sender = async (rateLimiter: RateLimiter): Promise<void> => {
    for (;;) {
      const entry = await rateLimiter.enter(batchId, { ratePerS: 100, concurrency: 300 }, 100_000, never);
      if (entry.kind === 'come_back') return;
      if ((await entry.slot()) === 'go') {
        entry.sent();
        const sentAtMs = clock.nowMs();
        const isTaken = taken.filter((atMs) => atMs > sentAtMs - 1_000).length < 50;
        (isTaken ? taken : refused).push(sentAtMs);
        await clock.wait(20);
        if (!isTaken) rateLimiter.refused({ sentAtMs, retryAfterMs: 1_000, cause: 'HTTP 429' });
      }
      entry.release();
    }
  };
  for (const rateLimiter of pacers) void Promise.all(Array.from({ length: 60 }, () => sender(rateLimiter)));
  await clock.advance(5_000);
  const firstMs = refused[0] ?? 0;
  const inPause = [...taken, ...refused].filter((atMs) => atMs > firstMs + 600 && atMs < firstMs + 1_000);
  assert.equal(inPause.length, 0, 'both workers wait for as long as the gateway asked');
  const settledMs = clock.nowMs();
  const refusedBefore = refused.length;
  await clock.advance(60_000);
  const share = taken.filter((atMs) => atMs >= settledMs).length / (60 * 50);
  const refusedShare = (refused.length - refusedBefore) / (60 * 50);
  assert.ok(share >= 0.95, `${share} of what the gateway takes`);
  assert.ok(refusedShare < 0.02, `${refusedShare} refused`);
  for (const rateLimiter of pacers) rateLimiter.stop();
});

test('a worker gives up the slots that it has as soon as it sees that another was refused', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'targetFingerprint', { version: 1, ratePerS: 100, ...changed });
  const pacers = [createRateLimiter(clock.nowMs, storage), createRateLimiter(clock.nowMs, storage)] as const;
  const sentAtMs: number[] = [];
  const sender = async (): Promise<void> => {
    for (;;) {
      const entry = await pacers[0].enter(batchId, { concurrency: 300 }, 100_000, never);
      if (entry.kind === 'come_back') return;
      if ((await entry.slot()) === 'go') sentAtMs.push(clock.nowMs());
      entry.release();
    }
  };
  for (let count = 0; count < 60; count += 1) void sender();
  await clock.advance(1_000);
  const other = await pacers[1].enter(batchId, { concurrency: 300 }, 10_000, never);
  assert.equal(other.kind, 'permit');
  await clock.advance(1_000);
  const refusedAtMs = clock.nowMs();
  pacers[1].refused({ sentAtMs: refusedAtMs - 100, retryAfterMs: 2_000, cause: 'HTTP 429' });
  await clock.advance(1_900);
  assert.ok(sentAtMs.length > 190, 'it had turns to give up');
  assert.deepEqual(
    sentAtMs.filter((atMs) => atMs > refusedAtMs + 100),
    [],
    'it sees it at its next look, within a slot batches',
  );
  for (const rateLimiter of pacers) rateLimiter.stop();
});

test('slots that were being taken when the gateway refused are not used: nothing is sent before the gateway wants to be asked again', async (t) => {
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
  assert.equal(slotBatches, 1, 'its slot is being taken');
  const refusedAtMs = clock.nowMs();
  rateLimiter.refused({ sentAtMs: refusedAtMs - 50, retryAfterMs: 1_000, cause: 'HTTP 429' });
  letSlotBatchBe();
  await clock.advance(1_500);
  const [slot, atMs] = await sentAtMs;
  assert.equal(slot, 'go');
  assert.ok(Number(atMs) >= refusedAtMs + 1_000, `${Number(atMs) - refusedAtMs} ms after the refusal`);
  rateLimiter.stop();
});

test('a row whose slot does not come while its intent is young is sent back after two and a half seconds', async (t) => {
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

for (const [what, stoodStillMs, kind] of [
  ['two seconds', 2_000, 'come_back'],
  ['a second', 1_000, 'permit'],
] as const) {
  test(`a process that stood still for ${what} ${kind === 'permit' ? 'goes by the settings it knows' : 'looks at the settings before it lets a row in'}`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let nowMs = 1_700_000_000_000;
    const storage = createMemoryStorage();
    const rateLimiter = createRateLimiter(() => nowMs, storage);
    const first = await enter(rateLimiter, { concurrency: 10 });
    await writeBatchLimits(storage.files, batchId, { ...changed, change: 1, concurrency: 1 });
    // No timer fires meanwhile, as in a process that was stopped.
    nowMs += stoodStillMs;
    const second = rateLimiter.enter(batchId, { concurrency: 10 }, 100, never);
    for (let slot = 0; slot < 50; slot += 1) await nextSlot();
    t.mock.timers.tick(200);
    assert.equal((await second).kind, kind);
    first.release();
    rateLimiter.stop();
  });
}

test('rows that come one by one share slot batches, and none waits for that longer than a slot batch is gathered', async (t) => {
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
  test(`at ${ratePerS} a second with ${concurrency} requests under way and answers of ${answerMs} ms no time is lost by gathering slots`, async (t) => {
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

test('a worker that gathers tells of a refusal at once', async (t) => {
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

test('hundreds of rows that come at once look at the settings once, together, however long the look takes', async (t) => {
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
  assert.ok(isIn, 'a look that takes longer than it stays fresh is enough for who waited for it');
  assert.equal(looks, 1);
  assert.ok((await entries).every(({ kind }) => kind === 'permit'));
  rateLimiter.stop();
});

test('two batches have a rate of their own each', async (t) => {
  const clock = startClock(t);
  const rateLimiter = createRateLimiter(clock.nowMs);
  const limits = { ratePerS: 1, concurrency: 1 };
  assert.equal((await rateLimiter.enter(batchId, limits, 0, never)).kind, 'permit');
  assert.equal((await rateLimiter.enter(otherId, limits, 0, never)).kind, 'permit');
  assert.equal((await rateLimiter.enter(batchId, limits, 0, never)).kind, 'come_back');
});

for (const stepMs of [0.3, 1, 3, 7]) {
  test(`a row whose slot comes between two looks at the clock, ${stepMs} ms apart, is let in all the same`, async () => {
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
  await Promise.all(
    Array.from({ length: 60 }, async () => {
      const permit = await enter(rateLimiter, limits);
      await permit.slot();
      sentAtMs.push(performance.now());
      permit.release();
    }),
  );
  assert.equal(sentAtMs.length, 60);
  const tookMs = (sentAtMs.at(-1) ?? 0) - (sentAtMs[0] ?? 0);
  assert.ok(tookMs >= 950, `${tookMs} ms`);
});
