import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pace } from '../../src/pace/batch-gate.ts';
import { createPacer as createSharedPacer, type Pacer } from '../../src/pace/pacer.ts';
import type { Permit } from '../../src/pace/permit.ts';
import { writeAccountLimit, writeBatchPace } from '../../src/storage/pace-settings.ts';
import { createMemoryStorage } from '../support/memory-storage.ts';
import { mostWithin } from '../support/most-within.ts';

const batchId = 'cardlift/merchant/batch';
const otherId = 'cardlift/merchant/other';

/** A pacer that shares its turns with nobody. */
function createPacer(nowMs?: () => number, storage = createMemoryStorage()): Pacer {
  return createSharedPacer({ ...storage, binding: 'binding', ...(nowMs === undefined ? {} : { nowMs }) });
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
        await nextTurn();
      }
    },
    wait: (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms)),
  };
}

type Clock = ReturnType<typeof startClock>;

async function enter(pacer: Pacer, pace: Pace, maxWaitMs = 10_000): Promise<Permit> {
  const entry = await pacer.enter(batchId, pace, maxWaitMs, never);
  assert.equal(entry.kind, 'permit');
  return entry as Permit;
}

interface Lanes {
  readonly lanes: number;
  readonly pace: Pace;
  readonly sends: number;
  /** How long making the note of a send takes, and its answer. */
  readonly noteMs: (send: number) => number;
  readonly answerMs: (send: number) => number;
}

/** Lets lanes send as tokenizeRow does; gives the times of the requests, and the most that were under way at once. */
async function runLanes(clock: Clock, pacer: Pacer, { lanes, pace, sends, noteMs, answerMs }: Lanes) {
  const sentAtMs: number[] = [];
  let begun = 0;
  let underWay = 0;
  let mostUnderWay = 0;
  const lane = async (): Promise<void> => {
    while (begun < sends) {
      const send = begun;
      begun += 1;
      let entry = await pacer.enter(batchId, pace, 10_000, never);
      while (entry.kind === 'come_back') {
        await clock.wait(entry.afterMs);
        entry = await pacer.enter(batchId, pace, 10_000, never);
      }
      underWay += 1;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      await clock.wait(noteMs(send));
      assert.equal(await entry.turn(), 'go');
      sentAtMs.push(clock.nowMs());
      await clock.wait(answerMs(send));
      underWay -= 1;
      entry.release();
    }
  };
  const all = Promise.all(Array.from({ length: lanes }, lane));
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

for (const [ratePerS, lanes, what, noteMs, answerMs] of [
  [50, 20, 'quick notes', () => 1, () => 100],
  [50, 40, 'notes that take 0 to 60 ms', scattered(60), scattered(300)],
  [
    50,
    40,
    'a disk that stalls for 400 ms now and then',
    (send: number) => (send % 40 === 0 ? 400 : 1),
    () => 100,
  ],
  [200, 60, 'notes that take 0 to 60 ms', scattered(60), scattered(100)],
  [49.5, 40, 'notes that take 0 to 20 ms', scattered(20), scattered(300)],
  [3, 4, 'quick notes', () => 1, scattered(200)],
] as const) {
  test(`at ${ratePerS} a second with ${what} no second sees more, and the rate is used`, async (t) => {
    const clock = startClock(t);
    const sends = Math.min(300, ratePerS * 12);
    const { sentAtMs } = await runLanes(clock, createPacer(clock.nowMs), {
      lanes,
      pace: { ratePerS, concurrency: lanes },
      sends,
      noteMs,
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
  const { sentAtMs } = await runLanes(clock, createPacer(clock.nowMs), {
    lanes: 10,
    pace: { ratePerS: 20, concurrency: 10 },
    sends: 40,
    noteMs: () => 2,
    answerMs: () => 30,
  });
  const gaps = sentAtMs.slice(1).map((atMs, index) => atMs - (sentAtMs[index] ?? 0));
  assert.ok(Math.min(...gaps) >= 38 && Math.max(...gaps) <= 62, gaps.join(' '));
});

test('a pause in which nobody sends is not made up for by a burst', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  const pace = { ratePerS: 50, concurrency: 100 };
  const lanes = { lanes: 50, pace, sends: 50, noteMs: () => 1, answerMs: () => 5 };
  const before = await runLanes(clock, pacer, lanes);
  await clock.advance(5_000);
  const after = await runLanes(clock, pacer, lanes);
  assert.ok(mostWithin(1_000, [...before.sentAtMs, ...after.sentAtMs]) <= 51);
});

test('never more requests are under way than the concurrency says, with and without a rate', async (t) => {
  const clock = startClock(t);
  for (const pace of [{ concurrency: 7 }, { concurrency: 7, ratePerS: 400 }]) {
    const { mostUnderWay } = await runLanes(clock, createPacer(clock.nowMs), {
      lanes: 30,
      pace,
      sends: 120,
      noteMs: scattered(5),
      answerMs: scattered(60),
    });
    assert.equal(mostUnderWay, 7);
  }
});

test('without a rate nobody waits while there are places', async () => {
  const pacer = createPacer();
  const permits = await Promise.all(Array.from({ length: 50 }, () => enter(pacer, { concurrency: 50 })));
  await Promise.all(permits.map((permit) => permit.turn()));
});

test('a permit given back twice frees one place only', async () => {
  const pacer = createPacer(() => 1_700_000_000_000);
  const pace = { concurrency: 1 };
  const first = await enter(pacer, pace);
  first.release();
  first.release();
  await enter(pacer, pace);
  const third = pacer.enter(batchId, pace, 1, never);
  assert.equal((await third).kind, 'come_back');
});

test('a place that is given back goes to who waited longest', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  const pace = { concurrency: 1 };
  const first = await enter(pacer, pace);
  const order: string[] = [];
  const wait = async (name: string): Promise<void> => {
    const permit = await enter(pacer, pace);
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
  const pacer = createPacer(clock.nowMs);
  const pace = { ratePerS: 1, concurrency: 100 };
  // The queue takes one a second: the eleventh would wait longer than ten.
  const entries = Array.from({ length: 14 }, () => pacer.enter(batchId, pace, 10_000, never));
  const last = await entries.at(-1);
  assert.equal(last?.kind, 'come_back');
  assert.ok(last.afterMs > 10_000 && last.afterMs <= 14_000, `${last.afterMs} ms`);
  let admitted = 0;
  for (const entry of entries) {
    void entry.then(async (permit) => {
      if (permit.kind !== 'permit') return;
      admitted += 1;
      await permit.turn();
    });
  }
  await clock.advance(10_500);
  assert.ok(admitted >= 10 && admitted <= 12, `${admitted} admitted`);
});

test('who waits for a place longer than allowed is told to come back', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  await enter(pacer, { concurrency: 1 });
  const waiting = pacer.enter(batchId, { concurrency: 1 }, 200, never);
  await clock.advance(250);
  assert.deepEqual(await waiting, { kind: 'come_back', afterMs: 1_000 });
});

test('a wait that is aborted rejects with the reason, and takes no place', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  const pace = { concurrency: 1 };
  const first = await enter(pacer, pace);
  const controller = new AbortController();
  const aborted = pacer.enter(batchId, pace, 5_000, controller.signal);
  const next = pacer.enter(batchId, pace, 5_000, never);
  controller.abort(new Error('cancelled'));
  await assert.rejects(aborted, /cancelled/);
  await assert.rejects(pacer.enter(batchId, pace, 5_000, controller.signal), /cancelled/);
  first.release();
  assert.equal((await next).kind, 'permit');
});

test('a pacer that is stopped sends everybody back, who waits and who comes', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  const pace = { ratePerS: 1, concurrency: 5 };
  await enter(pacer, pace);
  const waiting = [
    pacer.enter(batchId, pace, 5_000, never),
    pacer.enter(otherId, { concurrency: 1 }, 5_000, never),
  ];
  await nextTurn();
  pacer.stop();
  assert.deepEqual(await waiting[0], { kind: 'come_back', afterMs: 0 });
  assert.equal((await waiting[1])?.kind, 'permit', 'who was let in before goes on');
  assert.deepEqual(await pacer.enter(batchId, pace, 5_000, never), { kind: 'come_back', afterMs: 0 });
});

test('a rate that is changed in the storage holds within two seconds, for rows that wait and rows that come', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const pacer = createPacer(clock.nowMs, storage);
  const sentAtMs: number[] = [];
  const lane = async (): Promise<void> => {
    for (;;) {
      const entry = await pacer.enter(batchId, { ratePerS: 1, concurrency: 300 }, 100_000, never);
      if (entry.kind === 'come_back') return;
      if ((await entry.turn()) === 'go') sentAtMs.push(clock.nowMs());
      entry.release();
    }
  };
  void Promise.all(Array.from({ length: 40 }, lane));
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
    await writeBatchPace(storage.files, batchId, { ...changed, change, ratePerS, concurrency: 300 });
    await clock.advance(3_000);
    const seen = inSecond(clock.nowMs() - 1_000);
    assert.ok(seen >= expected[0] && seen <= expected[1], `${seen} a second after ${ratePerS}`);
  }
  pacer.stop();
});

test('the limit of the account holds over all batches, which get equal shares, and the one that comes late gets its share at once', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'binding', {
    version: 1,
    ratePerS: 60,
    ...changed,
  });
  const pacer = createPacer(clock.nowMs, storage);
  const sends: { readonly batch: string; readonly atMs: number }[] = [];
  const lane = async (batch: string, pace: Pace): Promise<void> => {
    for (;;) {
      const entry = await pacer.enter(batch, pace, 100_000, never);
      if (entry.kind === 'come_back') return;
      if ((await entry.turn()) === 'go') sends.push({ batch, atMs: clock.nowMs() });
      entry.release();
    }
  };
  const countOf = (batch: string, fromMs: number): number =>
    sends.filter((send) => send.batch === batch && send.atMs >= fromMs && send.atMs < fromMs + 1_000).length;
  void Promise.all(Array.from({ length: 200 }, () => lane(batchId, { concurrency: 300 })));
  await clock.advance(3_000);
  assert.ok(countOf(batchId, clock.nowMs() - 1_000) >= 59);
  void Promise.all(Array.from({ length: 20 }, () => lane(otherId, { concurrency: 300 })));
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
  pacer.stop();
});

test('many rows that come at once share one look at the settings, and without a limit no turn is ever taken', async () => {
  const storage = createMemoryStorage();
  let reads = 0;
  const files = {
    ...storage.files,
    read: (key: string) => {
      reads += 1;
      return storage.files.read(key);
    },
  };
  const turns = { ...storage.turns, create: () => assert.fail('a turn was taken') };
  const pacer = createSharedPacer({ turns, files, binding: 'binding' });
  const permits = await Promise.all(Array.from({ length: 100 }, () => enter(pacer, { concurrency: 100 })));
  for (const permit of permits) {
    assert.equal(await permit.turn(), 'go');
    permit.release();
  }
  assert.equal(reads, 2, 'the pace of the batch, and the limit of the account');
  pacer.stop();
});

test('of how many rows is use under the limit of the account is told once, and again when it has changed much', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const pacer = createPacer(clock.nowMs, storage);
  await enter(pacer, { concurrency: 200 });
  assert.equal(pacer.lanesNews(batchId), 200, 'another worker may have told of a limit that is over');
  const told: (number | undefined)[] = [];
  for (const ratePerS of [5, 5.5, 2, null]) {
    await writeAccountLimit(storage.files, 'binding', { version: 1, ratePerS, ...changed });
    await clock.advance(1_000);
    told.push(pacer.lanesNews(batchId), pacer.lanesNews(batchId));
  }
  assert.deepEqual(told, [10, undefined, undefined, undefined, 4, undefined, 200, undefined]);
  pacer.stop();
});

test('an answer may wait where more rows wait for their turn than the pace takes meanwhile, and never without a limit', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const pacer = createPacer(clock.nowMs, storage);
  const come = async (id: string, count: number, pace: Pace): Promise<void> => {
    for (let index = 0; index < count; index += 1) void pacer.enter(id, pace, 10_000, never);
    await clock.advance(20);
  };
  assert.equal(pacer.hasRowsFor(batchId, 200), false, 'nothing is known of the batch');
  await come(batchId, 3, { ratePerS: 10, concurrency: 200 });
  assert.equal(pacer.hasRowsFor(batchId, 200), false);
  await come(batchId, 3, { ratePerS: 10, concurrency: 200 });
  assert.equal(pacer.hasRowsFor(batchId, 200), true);
  await come(otherId, 10, { concurrency: 2 });
  assert.equal(pacer.hasRowsFor(otherId, 200), false, 'they wait for a place, and an answer gives one');
  await writeAccountLimit(storage.files, 'binding', { version: 1, ratePerS: 10, ...changed });
  await clock.advance(600);
  assert.equal(pacer.hasRowsFor(otherId, 200), true, 'now its share of the limit holds them back');
  assert.equal(pacer.hasRowsFor(otherId, 1_500), true, 'eight rows are more than 1.5 s at half of the limit');
  assert.equal(pacer.hasRowsFor(otherId, 1_700), false, 'and less than 1.7 s of it');
  pacer.stop();
});

test('rows that were handed out for a slow first answer are taken back: they would wait long enough for a heartbeat each', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs, createMemoryStorage());
  let lanes: number | undefined;
  for (let index = 0; index < 100; index += 1) {
    const permit = await enter(pacer, { ratePerS: 60, concurrency: 720 });
    const turn = permit.turn();
    await clock.advance(50);
    assert.equal(await turn, 'go');
    await clock.advance(index === 0 ? 350 : 50);
    permit.answered();
    permit.release();
    lanes = pacer.lanesNews(batchId) ?? lanes;
  }
  assert.ok(lanes !== undefined && lanes <= 60 * (0.1 + 1.5) * 1.1, String(lanes));
  pacer.stop();
});

test('a gateway that takes ten seconds to answer has so many more rows handed out, and fewer when it is quick again; one that hangs once changes nothing', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs, createMemoryStorage());
  const answerAfter = async (ms: number): Promise<number | undefined> => {
    const permit = await enter(pacer, { ratePerS: 20, concurrency: 240 });
    const turn = permit.turn();
    await clock.advance(1_000);
    assert.equal(await turn, 'go');
    await clock.advance(ms - 1_000);
    permit.answered();
    permit.release();
    return pacer.lanesNews(batchId);
  };
  const first = await answerAfter(10_000);
  assert.ok(first !== undefined && first >= 20 * 9 && first <= 20 * 12, String(first));
  let last: number | undefined = first;
  for (let index = 0; index < 100; index += 1) last = (await answerAfter(1_100)) ?? last;
  assert.ok(last !== undefined && last >= 20 * 1 && last <= 20 * 4, String(last));
  assert.equal(await answerAfter(30_000), undefined);
  pacer.stop();
});

test('a gateway that refuses half of the pace is left alone for as long as it asks, and then asked about as much as it takes', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  const pacers = [createPacer(clock.nowMs, storage), createPacer(clock.nowMs, storage)];
  const taken: number[] = [];
  const refused: number[] = [];
  const lane = async (pacer: Pacer): Promise<void> => {
    for (;;) {
      const entry = await pacer.enter(batchId, { ratePerS: 100, concurrency: 300 }, 100_000, never);
      if (entry.kind === 'come_back') return;
      if ((await entry.turn()) === 'go') {
        entry.sent();
        const sentAtMs = clock.nowMs();
        const isTaken = taken.filter((atMs) => atMs > sentAtMs - 1_000).length < 50;
        (isTaken ? taken : refused).push(sentAtMs);
        await clock.wait(20);
        if (!isTaken) pacer.refused({ sentAtMs, retryAfterMs: 1_000, cause: 'HTTP 429' });
      }
      entry.release();
    }
  };
  for (const pacer of pacers) void Promise.all(Array.from({ length: 60 }, () => lane(pacer)));
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
  for (const pacer of pacers) pacer.stop();
});

test('a worker gives up the turns that it has as soon as it sees that another was refused', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'binding', { version: 1, ratePerS: 100, ...changed });
  const pacers = [createPacer(clock.nowMs, storage), createPacer(clock.nowMs, storage)] as const;
  const sentAtMs: number[] = [];
  const lane = async (): Promise<void> => {
    for (;;) {
      const entry = await pacers[0].enter(batchId, { concurrency: 300 }, 100_000, never);
      if (entry.kind === 'come_back') return;
      if ((await entry.turn()) === 'go') sentAtMs.push(clock.nowMs());
      entry.release();
    }
  };
  for (let count = 0; count < 60; count += 1) void lane();
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
    'it sees it at its next look, within a block of turns',
  );
  for (const pacer of pacers) pacer.stop();
});

test('turns that were being taken when the gateway refused are not used: nothing is sent before the gateway wants to be asked again', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  await writeAccountLimit(storage.files, 'binding', { version: 1, ratePerS: 100, ...changed });
  let letBlockBe: () => void = () => undefined;
  let blocks = 0;
  const turns: typeof storage.turns = {
    ...storage.turns,
    async create(...input) {
      blocks += 1;
      if (blocks === 1) {
        await new Promise<void>((resolve) => {
          letBlockBe = resolve;
        });
      }
      return await storage.turns.create(...input);
    },
  };
  const pacer = createPacer(clock.nowMs, { ...storage, turns });
  const permit = await enter(pacer, { concurrency: 300 });
  const sentAtMs = permit.turn().then((turn) => [turn, clock.nowMs()]);
  await clock.advance(5);
  assert.equal(blocks, 1, 'its turn is being taken');
  const refusedAtMs = clock.nowMs();
  pacer.refused({ sentAtMs: refusedAtMs - 50, retryAfterMs: 1_000, cause: 'HTTP 429' });
  letBlockBe();
  await clock.advance(1_500);
  const [turn, atMs] = await sentAtMs;
  assert.equal(turn, 'go');
  assert.ok(Number(atMs) >= refusedAtMs + 1_000, `${Number(atMs) - refusedAtMs} ms after the refusal`);
  pacer.stop();
});

test('a row whose turn does not come while its note is young is sent back after two and a half seconds', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  const permit = await enter(pacer, { ratePerS: 10, concurrency: 10 });
  pacer.refused({ sentAtMs: clock.nowMs() - 50, retryAfterMs: 20_000, cause: 'HTTP 429' });
  const turns: Awaited<ReturnType<Permit['turn']>>[] = [];
  void permit.turn().then((turn) => turns.push(turn));
  await clock.advance(2_400);
  assert.equal(turns.length, 0, 'it waits');
  await clock.advance(200);
  const [turn] = turns;
  assert.ok(typeof turn === 'object' && turn.afterMs >= 1_000, JSON.stringify(turns));
  permit.release();
  pacer.stop();
});

for (const [what, stoodStillMs, kind] of [
  ['two seconds', 2_000, 'come_back'],
  ['a second', 1_000, 'permit'],
] as const) {
  test(`a process that stood still for ${what} ${kind === 'permit' ? 'goes by the settings it knows' : 'looks at the settings before it lets a row in'}`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let nowMs = 1_700_000_000_000;
    const storage = createMemoryStorage();
    const pacer = createPacer(() => nowMs, storage);
    const first = await enter(pacer, { concurrency: 10 });
    await writeBatchPace(storage.files, batchId, { ...changed, change: 1, concurrency: 1 });
    // No timer fires meanwhile, as in a process that was stopped.
    nowMs += stoodStillMs;
    const second = pacer.enter(batchId, { concurrency: 10 }, 100, never);
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    t.mock.timers.tick(200);
    assert.equal((await second).kind, kind);
    first.release();
    pacer.stop();
  });
}

test('rows that come one by one share blocks of turns, and none waits for that longer than a block is gathered', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage();
  let blocks = 0;
  const turns: typeof storage.turns = {
    ...storage.turns,
    create: (...input) => {
      blocks += 1;
      return storage.turns.create(...input);
    },
  };
  const pacer = createPacer(clock.nowMs, { ...storage, turns });
  const waitedMs: number[] = [];
  const row = async (): Promise<void> => {
    const cameAtMs = clock.nowMs();
    const permit = await enter(pacer, { ratePerS: 200, concurrency: 1_000 });
    assert.equal(await permit.turn(), 'go');
    waitedMs.push(clock.nowMs() - cameAtMs);
    permit.release();
  };
  for (let sent = 0; sent < 200; sent += 1) {
    void row();
    await clock.advance(10);
  }
  await clock.advance(100);
  pacer.stop();
  assert.equal(waitedMs.length, 200);
  assert.ok(blocks <= 50, `${blocks} blocks for 200 rows in two seconds`);
  assert.ok(Math.max(...waitedMs) <= 65, `one waited for ${Math.max(...waitedMs)} ms`);
});

for (const [ratePerS, concurrency, answerMs, atLeastPerS] of [
  [50, 4, 60, 49],
  [200, 4, 60, 60],
  [200, 20, 95, 190],
] as const) {
  test(`at ${ratePerS} a second with ${concurrency} requests under way and answers of ${answerMs} ms no time is lost by gathering turns`, async (t) => {
    const clock = startClock(t);
    const { sentAtMs } = await runLanes(clock, createPacer(clock.nowMs), {
      lanes: concurrency,
      pace: { ratePerS, concurrency },
      sends: ratePerS * 4,
      noteMs: () => 3,
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
  await writeAccountLimit(storage.files, 'binding', { version: 1, ratePerS: 200, ...changed });
  const madeAtMs: number[] = [];
  const turns: typeof storage.turns = {
    ...storage.turns,
    create: (...input) => {
      madeAtMs.push(clock.nowMs());
      return storage.turns.create(...input);
    },
  };
  const pacer = createPacer(clock.nowMs, { ...storage, turns });
  const row = async (): Promise<void> => {
    const permit = await enter(pacer, { concurrency: 1_000 });
    assert.equal(await permit.turn(), 'go');
    permit.release();
  };
  void row();
  await clock.advance(5);
  assert.equal(madeAtMs.length, 1, 'a block of one turn');
  const second = row();
  await clock.advance(5);
  assert.equal(madeAtMs.length, 1, 'the next one is gathered');
  const refusedAtMs = clock.nowMs();
  pacer.refused({ sentAtMs: refusedAtMs - 2, retryAfterMs: 1_000, cause: 'HTTP 429' });
  await clock.advance(5);
  assert.ok((madeAtMs[1] ?? Number.POSITIVE_INFINITY) <= refusedAtMs + 2, 'the others know it now');
  await clock.advance(1_200);
  await second;
  pacer.stop();
});

test('hundreds of rows that come at once look at the settings once, together, however long the look takes', async (t) => {
  const clock = startClock(t);
  const storage = createMemoryStorage(() => clock.wait(700));
  let looks = 0;
  const files: typeof storage.files = {
    ...storage.files,
    read: (key) => {
      if (key.includes('binding')) looks += 1;
      return storage.files.read(key);
    },
  };
  const pacer = createPacer(clock.nowMs, { ...storage, files });
  const pace = { concurrency: 500 };
  const entries = Promise.all(Array.from({ length: 300 }, () => pacer.enter(batchId, pace, 0, never)));
  let isIn = false;
  void entries.then(() => {
    isIn = true;
  });
  await clock.advance(2_200);
  assert.ok(isIn, 'a look that takes longer than it stays fresh is enough for who waited for it');
  assert.equal(looks, 1);
  assert.ok((await entries).every(({ kind }) => kind === 'permit'));
  pacer.stop();
});

test('two batches have a pace of their own each', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  const pace = { ratePerS: 1, concurrency: 1 };
  assert.equal((await pacer.enter(batchId, pace, 0, never)).kind, 'permit');
  assert.equal((await pacer.enter(otherId, pace, 0, never)).kind, 'permit');
  assert.equal((await pacer.enter(batchId, pace, 0, never)).kind, 'come_back');
});

for (const stepMs of [0.3, 1, 3, 7]) {
  test(`a row whose turn comes between two looks at the clock, ${stepMs} ms apart, is let in all the same`, async () => {
    let nowMs = 0;
    const pacer = createPacer(() => {
      nowMs += stepMs;
      return nowMs;
    });
    const pace = { ratePerS: 100, concurrency: 100 };
    const entries = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const entry = await pacer.enter(batchId, pace, 2_000, never);
        if (entry.kind === 'permit') entry.release();
        return entry.kind;
      }),
    );
    assert.deepEqual(new Set(entries), new Set(['permit']));
  });
}

test('with the real clock and timers 60 requests keep their rate', async () => {
  const pacer = createPacer();
  const pace = { ratePerS: 60, concurrency: 10 };
  const sentAtMs: number[] = [];
  await Promise.all(
    Array.from({ length: 60 }, async () => {
      const permit = await enter(pacer, pace);
      await permit.turn();
      sentAtMs.push(performance.now());
      permit.release();
    }),
  );
  assert.equal(sentAtMs.length, 60);
  const tookMs = (sentAtMs.at(-1) ?? 0) - (sentAtMs[0] ?? 0);
  assert.ok(tookMs >= 950, `${tookMs} ms`);
});
