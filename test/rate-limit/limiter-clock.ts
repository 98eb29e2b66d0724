/*
 * Shared by the rate limiter's tests: a clock, and rows that use the rate limiter as tokenizeRow
 * does.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setImmediate as nextImmediate } from 'node:timers/promises';
import { definedOf } from '../../src/domain/defined.ts';
import type { Limits } from '../../src/rate-limit/admission/batch-queue.ts';
import type { Permit } from '../../src/rate-limit/admission/permit.ts';
import {
  createRateLimiter as createSharedRateLimiter,
  type RateLimiter,
} from '../../src/rate-limit/rate-limiter.ts';
import { createMemoryStorage } from './memory-storage.ts';

export const batchId = 'cardlift/merchant/batch';
export const otherId = 'cardlift/merchant/other';

/** A rate limiter of one worker. Others share its limits if they share its storage. */
export function createRateLimiter(nowMs?: () => number, storage = createMemoryStorage()): RateLimiter {
  return createSharedRateLimiter({
    ...storage,
    targetFingerprint: 'targetFingerprint',
    ...definedOf({ nowMs }),
  });
}

export const changed = { who: 'a test', at: '2026-01-01T00:00:00.000Z' };
export const never = new AbortController().signal;

/** The test's own clock: timers fire when it moves, and nothing waits for real time. */
export function startClock(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 1_700_000_000_000;
  return {
    nowMs: () => nowMs,
    async advance(byMs: number): Promise<void> {
      for (let passed = 0; passed < byMs; passed += 1) {
        nowMs += 1;
        t.mock.timers.tick(1);
        await nextImmediate();
      }
    },
    wait: (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms)),
  };
}

export type Clock = ReturnType<typeof startClock>;

export async function enter(rateLimiter: RateLimiter, limits: Limits, maxWaitMs = 10_000): Promise<Permit> {
  const entry = await rateLimiter.enter(batchId, limits, maxWaitMs, never);
  assert.equal(entry.kind, 'permit');
  return entry as Permit;
}

interface Senders {
  readonly concurrency: number;
  readonly limits: Limits;
  readonly sends: number;
  /** How long creating the intent takes. `answerMs`: how long the answer takes. */
  readonly intentMs: (send: number) => number;
  readonly answerMs: (send: number) => number;
}

/**
 * Sends rows as tokenizeRow does. Returns the times of the requests, and the most in flight at
 * once.
 */
export async function runSenders(
  clock: Clock,
  rateLimiter: RateLimiter,
  { concurrency, limits, sends, intentMs, answerMs }: Senders,
) {
  const sentAtMs: number[] = [];
  let begun = 0;
  let inFlight = 0;
  let mostInFlight = 0;
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
      mostInFlight = Math.max(mostInFlight, inFlight);
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
  return { sentAtMs, mostInFlight };
}

/** The same numbers in every run, from 0 to below `limit`. */
export const scattered = (limit: number) => (send: number) =>
  Math.floor(((((send + 1) * 2_654_435_761) % 2 ** 32) / 2 ** 32) * limit);
