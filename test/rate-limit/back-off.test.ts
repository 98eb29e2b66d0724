import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BackOff, backOffAfter, mergeBackOffs, rateUnder } from '../../src/rate-limit/back-off.ts';

const nowMs = 1_700_000_000_000;
const refusal = {
  atMs: nowMs,
  sentAtMs: nowMs - 100,
  retryAfterMs: 3_000,
  cause: 'HTTP 429',
  acceptedPerS: 50,
  ratePerS: 100,
} as const;

function assertNear(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? 0) - expected) < 1e-9, `${actual} instead of ${expected}`);
}

test('no request leaves before the gateway wants more, and then the rate is a little below what it accepted', () => {
  const backOff = backOffAfter(undefined, refusal);
  assert.equal(backOff.resumeAtMs, nowMs + 3_000);
  assertNear(rateUnder(backOff, 100, nowMs + 3_000), 50 * 0.98 * 0.97);
});

for (const [what, changes, startPerS] of [
  ['accepted as much as it was sent', { acceptedPerS: 120 }, 95.06],
  ['refused the very first request', { acceptedPerS: 0 }, 30],
  ['had no limit of ours', { ratePerS: undefined }, 47.53],
  ['had no limit of ours and accepted nothing', { ratePerS: undefined, acceptedPerS: 0 }, 1],
  ['accepted one at a rate of 1.5', { ratePerS: 1.5, acceptedPerS: 1 }, 0.9506],
] as const) {
  test(`a gateway that ${what} gets ${startPerS} requests per second`, () => {
    assertNear(backOffAfter(undefined, { ...refusal, ...changes }).startPerS, startPerS);
  });
}

test('a refusal without accepted requests, as in an outage, slows the account for seconds, not for minutes', () => {
  const silent = { ...refusal, acceptedPerS: 0, ratePerS: undefined };
  const first = backOffAfter(undefined, silent);
  const at = (backOff: BackOff, s: number): number | undefined =>
    rateUnder(backOff, undefined, backOff.resumeAtMs + s * 1_000);
  assert.deepEqual(
    [0, 2, 10, 25].map((s) => at(first, s)),
    [1, 2, 32, undefined],
  );

  let backOff = first;
  for (let round = 0; round < 20; round += 1) {
    const atMs = backOff.resumeAtMs + 500;
    backOff = backOffAfter(backOff, { ...silent, atMs, sentAtMs: atMs, ratePerS: at(backOff, 0.5) });
  }
  assert.equal(backOff.startPerS, 0.1, 'refused again and again, it starts lower and lower');
  assert.ok((at(backOff, 20) ?? 0) > 100, 'and is back at speed within half a minute all the same');
});

test('a gateway that names no retry time gets a pause of one second', () => {
  const { retryAfterMs, ...silent } = refusal;
  assert.equal(backOffAfter(undefined, silent).resumeAtMs, nowMs + 1_000);
  assert.equal(retryAfterMs, 3_000);
});

test('a request that was sent before the cut makes the pause longer, and the rate no slower', () => {
  const first = backOffAfter(undefined, refusal);
  const second = backOffAfter(first, { ...refusal, atMs: nowMs + 200, sentAtMs: nowMs - 50 });
  assert.deepEqual(second, { ...first, resumeAtMs: nowMs + 3_200 });
});

test('a second refusal right after the pause cuts deeper', () => {
  const first = backOffAfter(undefined, refusal);
  const atMs = first.resumeAtMs + 1_000;
  const second = backOffAfter(first, {
    ...refusal,
    atMs,
    sentAtMs: atMs - 100,
    acceptedPerS: 47,
    ratePerS: 47.5,
  });
  assertNear(second.startPerS, 47 * 0.98 * 0.8);
});

test('the rate climbs to just below what was accepted within 34 s, stays about there, and returns to the limit in three minutes', () => {
  const first = backOffAfter(undefined, refusal);
  const soon = (s: number): number => rateUnder(first, 100, first.resumeAtMs + s * 1_000) ?? 0;
  assert.ok(
    soon(4.2) === 49 && soon(8) > 49.25 && soon(12) > 55,
    'the first measures it badly, and the rate soon climbs beyond it',
  );

  const laterMs = first.resumeAtMs + 9_000;
  const backOff = backOffAfter(first, { ...refusal, atMs: laterMs, sentAtMs: laterMs - 100 });
  const at = (s: number): number => rateUnder(backOff, 100, backOff.resumeAtMs + s * 1_000) ?? 0;
  assert.ok(at(20) > 48.4 && at(34) === 49 && at(50) < 49.25);
  assert.equal(at(180), 100);
  assert.equal(
    rateUnder(backOff, undefined, backOff.resumeAtMs + 300_000),
    undefined,
    'no limit, no back-off',
  );
});

test('whatever was refused, the rate is above zero, never above the limit, and never falls by itself', () => {
  const positive = fc.double({ min: 0.1, max: 1_000, noNaN: true });
  fc.assert(
    fc.property(
      positive,
      fc.double({ min: 0, max: 1_000, noNaN: true }),
      positive,
      (limit, acceptedPerS, seconds) => {
        const backOff = backOffAfter(undefined, { ...refusal, acceptedPerS, ratePerS: limit });
        const rateAt = (s: number): number => rateUnder(backOff, limit, backOff.resumeAtMs + s * 1_000) ?? -1;
        const [early, late] = [rateAt(seconds), rateAt(seconds + 10)];
        assert.ok(early > 0 && early <= limit && late >= early);
      },
    ),
  );
});

test('two workers that were refused agree on the later cut and the longer pause, in either order', () => {
  const one: BackOff = backOffAfter(undefined, refusal);
  const other: BackOff = backOffAfter(undefined, { ...refusal, atMs: nowMs + 100, retryAfterMs: 1_000 });
  const expected = { ...other, resumeAtMs: one.resumeAtMs };
  assert.deepEqual(mergeBackOffs(one, other), expected);
  assert.deepEqual(mergeBackOffs(other, one), expected);
  assert.deepEqual(mergeBackOffs(undefined, one), one);
});
