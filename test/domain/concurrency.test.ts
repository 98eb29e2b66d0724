import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concurrencyOf, effectiveConcurrencyOf } from '../../src/domain/concurrency.ts';

for (const [requested, limit, effective] of [
  [{}, 200, 200],
  [{ concurrency: 7 }, 7, 7],
  [{ ratePerS: 0.1 }, 2, 1],
  [{ ratePerS: 5 }, 60, 10],
  [{ ratePerS: 50 }, 600, 100],
  [{ ratePerS: 200 }, 1_000, 400],
  [{ ratePerS: 5_000 }, 1_000, 1_000],
  [{ ratePerS: 5, concurrency: 200 }, 200, 10],
  [{ ratePerS: 50, concurrency: 3 }, 3, 3],
] as const) {
  test(`given ${JSON.stringify(requested)}, at most ${limit} requests are in flight and ${effective} rows are handed out`, () => {
    assert.deepEqual([concurrencyOf(requested), effectiveConcurrencyOf(requested)], [limit, effective]);
  });
}

for (const answerS of [0.1, 1, 4, 10]) {
  test(`at 20 requests/s and ${answerS} s to an answer as many rows are handed out as use the rate, and no row waits for two seconds`, () => {
    const concurrency = effectiveConcurrencyOf({ ratePerS: 20 }, answerS);
    const inFlight = 20 * answerS;
    assert.ok(concurrency >= inFlight + 20, `${concurrency} rows`);
    assert.ok((concurrency - inFlight) / 20 < 2, `${concurrency} rows`);
    assert.ok(concurrencyOf({ ratePerS: 20 }) >= inFlight);
  });
}
