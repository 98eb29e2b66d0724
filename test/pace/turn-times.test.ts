import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TurnTimes } from '../../src/pace/turn-times.ts';

test('whatever turns are noted, moved and forgotten, their times are in order and counted to the turn', () => {
  const change = fc.record({
    turn: fc.integer({ min: 0, max: 20 }),
    atMs: fc.integer({ min: 0, max: 30 }),
    isForgotten: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), fc.integer({ min: -1, max: 31 }), (changes, untilMs) => {
      const times = new TurnTimes();
      const expected = new Map<number, number>();
      for (const { turn, atMs, isForgotten } of changes) {
        if (isForgotten) {
          times.delete(turn);
          expected.delete(turn);
        } else {
          times.set(turn, atMs);
          expected.set(turn, atMs);
        }
      }
      const sorted = [...expected.values()].sort((a, b) => a - b);
      assert.deepEqual(times.sorted, sorted);
      assert.equal(times.countUntil(untilMs), sorted.filter((time) => time <= untilMs).length);
    }),
  );
});
