import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPacer, type Pace, type Pacer, type Permit } from '../../src/gateway/pacer.ts';

const never = new AbortController().signal;

/** A clock of the test's own: timers fire when it is moved, and nothing waits for real time. */
function startClock(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
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
  const entry = await pacer.enter('batch', pace, maxWaitMs, never);
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
      let entry = await pacer.enter('batch', pace, 10_000, never);
      while (entry.kind === 'come_back') {
        await clock.wait(entry.afterMs);
        entry = await pacer.enter('batch', pace, 10_000, never);
      }
      underWay += 1;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      await clock.wait(noteMs(send));
      await entry.turn();
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

/** The most requests in any window of one second. */
function mostPerSecond(sentAtMs: readonly number[]): number {
  return Math.max(
    ...sentAtMs.map((fromMs) => sentAtMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000).length),
  );
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
    assert.ok(mostPerSecond(sentAtMs) <= Math.max(ratePerS * 1.02, Math.ceil(ratePerS) + 1));
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
  assert.ok(mostPerSecond([...before.sentAtMs, ...after.sentAtMs]) <= 51);
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
  const pacer = createPacer(() => 0);
  const pace = { concurrency: 1 };
  const first = await enter(pacer, pace);
  first.release();
  first.release();
  await enter(pacer, pace);
  const third = pacer.enter('batch', pace, 1, never);
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
  const entries = Array.from({ length: 14 }, () => pacer.enter('batch', pace, 10_000, never));
  const last = await entries.at(-1);
  assert.equal(last?.kind, 'come_back');
  assert.ok(last.afterMs > 10_000 && last.afterMs <= 14_000, `${last.afterMs} ms`);
  let admitted = 0;
  for (const entry of entries) void entry.then(({ kind }) => (admitted += kind === 'permit' ? 1 : 0));
  await clock.advance(10_500);
  assert.ok(admitted >= 10 && admitted <= 12, `${admitted} admitted`);
});

test('who waits for a place longer than allowed is told to come back', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  await enter(pacer, { concurrency: 1 });
  const waiting = pacer.enter('batch', { concurrency: 1 }, 200, never);
  await clock.advance(250);
  assert.deepEqual(await waiting, { kind: 'come_back', afterMs: 1_000 });
});

test('a wait that is aborted rejects with the reason, and takes no place', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  const pace = { concurrency: 1 };
  const first = await enter(pacer, pace);
  const controller = new AbortController();
  const aborted = pacer.enter('batch', pace, 5_000, controller.signal);
  const next = pacer.enter('batch', pace, 5_000, never);
  controller.abort(new Error('cancelled'));
  await assert.rejects(aborted, /cancelled/);
  await assert.rejects(pacer.enter('batch', pace, 5_000, controller.signal), /cancelled/);
  first.release();
  assert.equal((await next).kind, 'permit');
});

test('a pacer that is stopped sends everybody back, who waits and who comes', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  const pace = { ratePerS: 1, concurrency: 5 };
  await enter(pacer, pace);
  const waiting = [
    pacer.enter('batch', pace, 5_000, never),
    pacer.enter('other', { concurrency: 1 }, 5_000, never),
  ];
  pacer.stop();
  assert.deepEqual(await waiting[0], { kind: 'come_back', afterMs: 0 });
  assert.equal((await waiting[1])?.kind, 'permit', 'who was let in before goes on');
  assert.deepEqual(await pacer.enter('batch', pace, 5_000, never), { kind: 'come_back', afterMs: 0 });
});

test('a rate that is changed holds from the next row on', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  const lanes = { lanes: 20, sends: 60, noteMs: () => 1, answerMs: () => 5 };
  await runLanes(clock, pacer, { ...lanes, pace: { ratePerS: 10, concurrency: 20 } });
  const { sentAtMs } = await runLanes(clock, pacer, { ...lanes, pace: { ratePerS: 100, concurrency: 20 } });
  const tookMs = (sentAtMs.at(-1) ?? 0) - (sentAtMs[0] ?? 0);
  assert.ok(tookMs < 800, `${tookMs} ms`);
});

test('two batches have a pace of their own each', async (t) => {
  const clock = startClock(t);
  const pacer = createPacer(clock.nowMs);
  const pace = { ratePerS: 1, concurrency: 1 };
  assert.equal((await pacer.enter('one', pace, 0, never)).kind, 'permit');
  assert.equal((await pacer.enter('two', pace, 0, never)).kind, 'permit');
  assert.equal((await pacer.enter('one', pace, 0, never)).kind, 'come_back');
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
        const entry = await pacer.enter('batch', pace, 2_000, never);
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
