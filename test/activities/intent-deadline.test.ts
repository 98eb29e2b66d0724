import assert from 'node:assert/strict';
import { test } from 'node:test';
import { intentDeadlineMs, waitedForUntilMs } from '../../src/activities/intent-deadline.ts';

test('an intent is waited for until its owner must have written the result: five seconds to send, the time-out, the grace, and slack', () => {
  assert.equal(intentDeadlineMs(1_000, 60_000), 1_000 + 5_000 + 60_000 + 2_000 + 5_000);
});

test('an intent whose head was cut off is waited for no longer than any other of its batch', () => {
  const cutOff = { createdAtMs: 1_000, deadlineMs: 1_000 + 600_000 };
  assert.equal(waitedForUntilMs(cutOff, 60_000), intentDeadlineMs(1_000, 60_000));
  const whole = { createdAtMs: 1_000, deadlineMs: intentDeadlineMs(1_000, 30_000) };
  assert.equal(waitedForUntilMs(whole, 60_000), whole.deadlineMs);
});
