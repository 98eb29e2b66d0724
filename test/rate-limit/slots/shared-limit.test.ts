import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextImmediate } from 'node:timers/promises';
import { createRateLimiter, type RateLimiter } from '../../../src/rate-limit/rate-limiter.ts';
import { mostWithin } from '../../support/most-within.ts';
import { createMemoryStorage } from '../memory-storage.ts';

const batchId = 'cardlift/merchant/batch';
const never = new AbortController().signal;

/** Numbers from 0 to below 1, the same in every run. */
function createDraws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface World {
  readonly ratePerS: number;
  readonly workers: number;
  readonly seconds: number;
  readonly seed: number;
  /** The most that a storage call takes, in milliseconds. */
  readonly storageMs: number;
  /** Each worker sometimes stalls for up to this long. */
  readonly stillMs: number;
  /**
   * One request in ten leaves up to this long after its slot, because it waits for a connection.
   */
  readonly connectMs: number;
}

/** Workers that share a limit under the test's own clock. Returns the times of their requests. */
async function runWorkers(t: TestContext, world: World) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const draw = createDraws(world.seed);
  const startMs = 1_700_000_000_000;
  let nowMs = startMs;
  const sentAtMs: number[] = [];
  const wait = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
  const storage = createMemoryStorage(() => wait(Math.round(draw() * world.storageMs)));
  let isOver = false;

  const work = async (rateLimiter: RateLimiter): Promise<void> => {
    let stillUntilMs = 0;
    const row = async (): Promise<void> => {
      while (!isOver) {
        const entry = await rateLimiter.enter(
          batchId,
          { ratePerS: world.ratePerS, concurrency: 1_000 },
          10_000,
          never,
        );
        if (entry.kind === 'come_back') {
          await wait(Math.max(1, entry.afterMs));
          continue;
        }
        await wait(1 + draw() * 20);
        if ((await entry.slot()) === 'go') {
          // A stalled process sends late, and everything of it that is due leaves together.
          if (draw() < 0.02) stillUntilMs = nowMs + draw() * world.stillMs;
          if (draw() < 0.1) await wait(draw() * world.connectMs);
          entry.sent();
          sentAtMs.push(nowMs);
          await wait(draw() * 60);
        }
        entry.release();
        await wait(Math.max(0, stillUntilMs - nowMs));
      }
    };
    const rows = Math.ceil((world.ratePerS * 4) / world.workers) + 1;
    await Promise.all(Array.from({ length: rows }, row));
  };
  const rateLimiters = Array.from({ length: world.workers }, () =>
    createRateLimiter({ ...storage, targetFingerprint: 'targetFingerprint', nowMs: () => nowMs }),
  );
  const all = rateLimiters.map((rateLimiter) => {
    const joined = wait(draw() * 2_000).then(() => work(rateLimiter));
    joined.catch(() => undefined);
    return joined;
  });
  for (let passed = 0; passed < world.seconds * 1_000; passed += 1) {
    nowMs += 1;
    t.mock.timers.tick(1);
    await nextImmediate();
  }
  isOver = true;
  for (const rateLimiter of rateLimiters) rateLimiter.stop();
  void all;
  return { sentAtMs, startMs };
}

/**
 * Workers do not report lateness of up to 2 ms to each other; times here are whole milliseconds.
 */
const unreportedMs = 3;

for (const [ratePerS, workers, storageMs, stillMs, connectMs] of [
  [5, 1, 1, 0, 0],
  [5, 5, 1, 200, 100],
  [50, 2, 1, 100, 0],
  [50, 2, 1, 0, 200],
  [50, 5, 1, 400, 400],
  [50, 5, 30, 300, 0],
  [200, 5, 2, 100, 100],
] as const) {
  test(`at ${ratePerS} a second ${workers} workers with a storage that takes up to ${storageMs} ms, and connections up to ${connectMs}, never pass the limit by more than its tolerance together, and use it`, async (t) => {
    const seconds = 12;
    const { sentAtMs, startMs } = await runWorkers(t, {
      ratePerS,
      workers,
      storageMs,
      stillMs,
      connectMs,
      seconds,
      seed: ratePerS + workers,
    });
    const tolerated = Math.max(ratePerS + 1, Math.floor(ratePerS * 1.02));
    assert.ok(mostWithin(1_000, sentAtMs) <= tolerated, `${mostWithin(1_000, sentAtMs)} in a second`);
    const exact = mostWithin(1_000 - unreportedMs, sentAtMs);
    assert.ok(exact <= ratePerS, `${exact} in ${1_000 - unreportedMs} ms`);
    const settled = sentAtMs.filter((time) => time >= startMs + 3_000 && time < startMs + 11_000);
    // Another request cannot use the time in which a request waits for its connection.
    const lostShare = (0.1 * connectMs) / 2 / 1_000;
    const atLeast = ratePerS * 8 * (0.99 - lostShare) - 1;
    assert.ok(settled.length >= atLeast, `${settled.length} in eight seconds`);
  });
}
