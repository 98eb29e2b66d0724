import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteDeadlineMs, waitedForUntilMs } from '../../src/activities/note-deadline.ts';

test('a note is waited for until its maker must have written the end: five seconds to send, the time-out, the grace, and slack', () => {
  assert.equal(noteDeadlineMs(1_000, 60_000), 1_000 + 5_000 + 60_000 + 2_000 + 5_000);
});

test('a note whose head was cut off is waited for no longer than any other of its batch', () => {
  const cutOff = { madeAtMs: 1_000, deadlineMs: 1_000 + 600_000 };
  assert.equal(waitedForUntilMs(cutOff, 60_000), noteDeadlineMs(1_000, 60_000));
  const whole = { madeAtMs: 1_000, deadlineMs: noteDeadlineMs(1_000, 30_000) };
  assert.equal(waitedForUntilMs(whole, 60_000), whole.deadlineMs);
});
