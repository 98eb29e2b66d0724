import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slotWait } from '../../src/activities/failures.ts';

test('a row whose slot seems an hour away, because a clock was set back, is checked again in a minute', () => {
  assert.equal(slotWait(3_600_000).nextRetryDelay, 60_000);
  assert.equal(slotWait(12_000).nextRetryDelay, 12_000);
});
