import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paceWait } from '../../src/activities/failures.ts';

test('a row whose turn seems an hour away, after a clock was set back, is looked at again in a minute', () => {
  assert.equal(paceWait(3_600_000).nextRetryDelay, 60_000);
  assert.equal(paceWait(12_000).nextRetryDelay, 12_000);
});
