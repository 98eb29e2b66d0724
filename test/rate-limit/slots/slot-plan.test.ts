import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planSlots, type SlotHistory } from '../../../src/rate-limit/slots/slot-plan.ts';
import { mostWithin } from '../../support/most-within.ts';

const startMs = 1_700_000_000_000;

class Slots implements SlotHistory {
  readonly planned: number[] = [];
  readonly used = new Map<number, number>();
  lastMs = 0;
  virtualMs = 0;

  get next(): number {
    return this.planned.length;
  }

  sortedTimes(): number[] {
    return this.planned.map((time, slot) => this.used.get(slot) ?? time).sort((a, b) => a - b);
  }

  plan(ratePerS: number, count: number, fromMs: number): void {
    const { times, virtualMs } = planSlots(this, ratePerS, count, fromMs);
    this.planned.push(...times);
    this.virtualMs = virtualMs;
    this.lastMs = times.at(-1) ?? this.lastMs;
  }
}

const rates = fc.oneof(
  fc.constantFrom(0.3, 1, 2.5, 5, 49.5, 50, 200),
  fc.double({ min: 0.2, max: 300, noNaN: true }),
);

test('with any plans and any lateness, no second has more than the limit, and no slightly longer time more than the tolerance', () => {
  const step = fc.record({
    /** How many slots a step plans. `idleMs`: how long nothing is planned before it. */
    count: fc.integer({ min: 1, max: 16 }),
    idleMs: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 3_000 })),
    lateMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 500 })),
    isUsed: fc.boolean(),
  });
  fc.assert(
    fc.property(rates, fc.array(step, { minLength: 20, maxLength: 120 }), (ratePerS, steps) => {
      const slots = new Slots();
      let fromMs = startMs;
      for (const { count, idleMs, lateMs, isUsed } of steps) {
        // A worker plans up to 200 ms before the slot, after the late slots before that were used.
        fromMs = Math.max(fromMs, slots.lastMs - 200) + idleMs;
        const first = slots.next;
        slots.plan(ratePerS, count, fromMs);
        for (let slot = first; slot < slots.next; slot += 1) {
          if (isUsed) slots.used.set(slot, (slots.planned[slot] ?? 0) + lateMs);
        }
      }
      const used = [...slots.used.values()];
      assert.ok(mostWithin(999.8, used) <= Math.ceil(ratePerS));
      // Requests beyond the tolerance must each be late by most of an interval.
      const tolerated = Math.max(1, Math.floor(ratePerS * 0.02));
      const keptMs = (0.9 * tolerated * 1_000) / ratePerS;
      assert.ok(mostWithin(999.8 + keptMs, used) <= Math.ceil(ratePerS) + tolerated);
      const sorted = [...slots.planned].sort((a, b) => a - b);
      assert.deepEqual(slots.planned, sorted, 'slots are planned in ascending order');
    }),
    { numRuns: 400 },
  );
});

test('slots planned without a break are even, and use 99 % of the limit', () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 16 }), (ratePerS, count) => {
      const slots = new Slots();
      while (slots.next < 400) slots.plan(ratePerS, count, Math.max(startMs, slots.lastMs - 150));
      const gaps = slots.planned.slice(1).map((time, index) => time - (slots.planned[index] ?? 0));
      const spaceMs = 1_000 / ratePerS;
      assert.ok(Math.min(...gaps) >= spaceMs * 0.99 - 0.2 && Math.max(...gaps) <= spaceMs * 1.01 + 0.2);
      const tookMs = (slots.planned[399] ?? 0) - startMs;
      assert.ok((399 * spaceMs) / tookMs >= 0.99);
    }),
  );
});

test('slots that were used late cost little more than their own lateness', () => {
  const slots = new Slots();
  const ratePerS = 200;
  while (slots.lastMs < startMs + 60_000) {
    const first = slots.next;
    slots.plan(ratePerS, 10, Math.max(startMs, slots.lastMs - 150));
    // About once a second the process stalls for 50 ms; it uses the ten slots of that time
    // afterwards.
    if (first % 230 < 10) {
      const lateMs = (slots.planned[first] ?? 0) + 50;
      for (let slot = first; slot < slots.next; slot += 1)
        slots.used.set(slot, lateMs + (slot - first) * 2.5);
    }
  }
  const share = slots.next / (60 * ratePerS);
  assert.ok(share >= 0.99, `${share} of the limit`);
});

test('single slots that are used late cost their own lateness, not that of those that overtook them', () => {
  const slots = new Slots();
  const ratePerS = 50;
  while (slots.lastMs < startMs + 60_000) {
    const first = slots.next;
    slots.plan(ratePerS, 4, Math.max(startMs, slots.lastMs - 150));
    // One in 21 waits for a connection: 10 ms per slot on average.
    for (let slot = first; slot < slots.next; slot += 1) {
      if (slot % 21 === 0) slots.used.set(slot, (slots.planned[slot] ?? 0) + 210);
    }
  }
  const share = slots.next / (60 * ratePerS);
  assert.ok(share >= 0.985, `${share} of the limit`);
});

test('after a time without slots, none is made up', () => {
  const slots = new Slots();
  slots.plan(50, 50, startMs);
  slots.plan(50, 50, startMs + 30_000);
  const gap = (slots.planned[51] ?? 0) - (slots.planned[50] ?? 0);
  assert.ok(gap >= 20, `${gap} ms`);
});
