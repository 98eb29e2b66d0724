import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planTurns, type TurnHistory } from '../../src/pace/turn-plan.ts';
import { mostWithin } from '../support/most-within.ts';

const startMs = 1_700_000_000_000;

class Turns implements TurnHistory {
  readonly planned: number[] = [];
  readonly used = new Map<number, number>();
  lastMs = 0;
  virtualMs = 0;

  get next(): number {
    return this.planned.length;
  }

  sortedTimes(): number[] {
    return this.planned.map((time, turn) => this.used.get(turn) ?? time).sort((a, b) => a - b);
  }

  plan(ratePerS: number, count: number, fromMs: number): void {
    const { times, virtualMs } = planTurns(this, ratePerS, count, fromMs);
    this.planned.push(...times);
    this.virtualMs = virtualMs;
    this.lastMs = times.at(-1) ?? this.lastMs;
  }
}

const rates = fc.oneof(
  fc.constantFrom(0.3, 1, 2.5, 5, 49.5, 50, 200),
  fc.double({ min: 0.2, max: 300, noNaN: true }),
);

test('whatever blocks are planned when, and however late turns are used, no second has more than the limit, nor a little more than a second what is tolerated', () => {
  const step = fc.record({
    /** How many turns are planned, from how long before the last planned turn. */
    count: fc.integer({ min: 1, max: 16 }),
    idleMs: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 3_000 })),
    lateMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 500 })),
    isUsed: fc.boolean(),
  });
  fc.assert(
    fc.property(rates, fc.array(step, { minLength: 20, maxLength: 120 }), (ratePerS, steps) => {
      const turns = new Turns();
      let fromMs = startMs;
      for (const { count, idleMs, lateMs, isUsed } of steps) {
        // A worker plans up to 200 ms before the turn, after its late turns of a period before were used.
        fromMs = Math.max(fromMs, turns.lastMs - 200) + idleMs;
        const first = turns.next;
        turns.plan(ratePerS, count, fromMs);
        for (let turn = first; turn < turns.next; turn += 1) {
          if (isUsed) turns.used.set(turn, (turns.planned[turn] ?? 0) + lateMs);
        }
      }
      const used = [...turns.used.values()];
      assert.ok(mostWithin(999.8, used) <= Math.ceil(ratePerS));
      // Of what comes beyond the tolerance each request has to be late by most of a space.
      const tolerated = Math.max(1, Math.floor(ratePerS * 0.02));
      const keptMs = (0.9 * tolerated * 1_000) / ratePerS;
      assert.ok(mostWithin(999.8 + keptMs, used) <= Math.ceil(ratePerS) + tolerated);
      const sorted = [...turns.planned].sort((a, b) => a - b);
      assert.deepEqual(turns.planned, sorted, 'turns are planned in ascending order');
    }),
    { numRuns: 400 },
  );
});

test('planned without a break the turns are even, and use 99 % of the limit', () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 16 }), (ratePerS, count) => {
      const turns = new Turns();
      while (turns.next < 400) turns.plan(ratePerS, count, Math.max(startMs, turns.lastMs - 150));
      const gaps = turns.planned.slice(1).map((time, index) => time - (turns.planned[index] ?? 0));
      const spaceMs = 1_000 / ratePerS;
      assert.ok(Math.min(...gaps) >= spaceMs * 0.99 - 0.2 && Math.max(...gaps) <= spaceMs * 1.01 + 0.2);
      const tookMs = (turns.planned[399] ?? 0) - startMs;
      assert.ok((399 * spaceMs) / tookMs >= 0.99);
    }),
  );
});

test('turns that were used late cost little more than their own lateness', () => {
  const turns = new Turns();
  const ratePerS = 200;
  while (turns.lastMs < startMs + 60_000) {
    const first = turns.next;
    turns.plan(ratePerS, 10, Math.max(startMs, turns.lastMs - 150));
    // Once in a second and a bit the process stands still for 50 ms; the ten turns of that time are used after it.
    if (first % 230 < 10) {
      const lateMs = (turns.planned[first] ?? 0) + 50;
      for (let turn = first; turn < turns.next; turn += 1)
        turns.used.set(turn, lateMs + (turn - first) * 2.5);
    }
  }
  const share = turns.next / (60 * ratePerS);
  assert.ok(share >= 0.99, `${share} of the limit`);
});

test('single turns that are used late cost their own lateness, not that of those that overtook them', () => {
  const turns = new Turns();
  const ratePerS = 50;
  while (turns.lastMs < startMs + 60_000) {
    const first = turns.next;
    turns.plan(ratePerS, 4, Math.max(startMs, turns.lastMs - 150));
    // One in 21 waits for a connection: 10 ms a turn, on the average.
    for (let turn = first; turn < turns.next; turn += 1) {
      if (turn % 21 === 0) turns.used.set(turn, (turns.planned[turn] ?? 0) + 210);
    }
  }
  const share = turns.next / (60 * ratePerS);
  assert.ok(share >= 0.985, `${share} of the limit`);
});

test('after a time without turns none is made up for', () => {
  const turns = new Turns();
  turns.plan(50, 50, startMs);
  turns.plan(50, 50, startMs + 30_000);
  const gap = (turns.planned[51] ?? 0) - (turns.planned[50] ?? 0);
  assert.ok(gap >= 20, `${gap} ms`);
});
