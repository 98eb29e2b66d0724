import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRetryAfterMs } from '../../src/gateway/retry-after.ts';

const nowMs = Date.UTC(2026, 0, 1, 12, 0, 0);

for (const [header, waitMs] of [
  ['0', 0],
  ['1', 1_000],
  [' 120 ', 120_000],
  ['3600', 3_600_000],
  ['3601', 3_600_000],
  ['999999999', 3_600_000],
  ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
  ['Thu, 01 Jan 2026 11:59:30 GMT', 0],
  ['Fri, 02 Jan 2026 12:00:00 GMT', 3_600_000],
] as const) {
  test(`Retry-After "${header}" is a wait of ${waitMs} ms`, () => {
    assert.equal(parseRetryAfterMs(header, nowMs), waitMs);
  });
}

for (const header of [
  '',
  ' ',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  '10s',
  'soon',
  '2026-01-01T12:00:30Z',
  'Thu, nonsense',
  '１',
]) {
  test(`Retry-After "${header}" says nothing, so a 503 with it stays ambiguous`, () => {
    assert.equal(parseRetryAfterMs(header, nowMs), undefined);
  });
}

test('without a header there is no wait, and of several the first counts', () => {
  assert.equal(parseRetryAfterMs(undefined, nowMs), undefined);
  assert.equal(parseRetryAfterMs([], nowMs), undefined);
  assert.equal(parseRetryAfterMs(['2', '9'], nowMs), 2_000);
});
