import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SlotTimes } from '../../../src/rate-limit/slots/slot-times.ts';

test('whatever slots are recorded, moved and forgotten, their times are in order and counted to the slot', () => {
  const change = fc.record({
    slot: fc.integer({ min: 0, max: 20 }),
    atMs: fc.integer({ min: 0, max: 30 }),
    isForgotten: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), fc.integer({ min: -1, max: 31 }), (changes, untilMs) => {
      const times = new SlotTimes();
      const expected = new Map<number, number>();
      for (const { slot, atMs, isForgotten } of changes) {
        if (isForgotten) {
          times.delete(slot);
          expected.delete(slot);
        } else {
          times.set(slot, atMs);
          expected.set(slot, atMs);
        }
      }
      const sorted = [...expected.values()].sort((a, b) => a - b);
      assert.deepEqual(times.sorted, sorted);
      assert.equal(times.countUntil(untilMs), sorted.filter((time) => time <= untilMs).length);
    }),
  );
});
