import assert from 'node:assert/strict';
import { test } from 'node:test';
import { intentDeadlineMs, waitedForUntilMs } from '../../src/activities/intent-deadline.ts';

test('the deadline of an intent is when its owner must have written the result: five seconds to send, the time-out, the grace, and slack', () => {
  assert.equal(intentDeadlineMs(1_000, 60_000), 1_000 + 5_000 + 60_000 + 2_000 + 5_000);
});

test('an intent whose head was cut off has the deadline of any other in its batch', () => {
  const cutOff = { createdAtMs: 1_000, deadlineMs: 1_000 + 600_000 };
  assert.equal(waitedForUntilMs(cutOff, 60_000), intentDeadlineMs(1_000, 60_000));
  const whole = { createdAtMs: 1_000, deadlineMs: intentDeadlineMs(1_000, 30_000) };
  assert.equal(waitedForUntilMs(whole, 60_000), whole.deadlineMs);
});
