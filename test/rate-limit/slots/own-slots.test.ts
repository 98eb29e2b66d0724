import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnSlots } from '../../../src/rate-limit/slots/own-slots.ts';
import { SharedRate } from '../../../src/rate-limit/slots/shared-rate.ts';
import { SlotLedger } from '../../../src/rate-limit/slots/slot-ledger.ts';
import { createMemoryStorage } from '../memory-storage.ts';

const startMs = 1_700_000_000_000;

/** A worker's slots at a rate, planned evenly from the start, and a clock. */
function openSlots(ratePerS: number, count: number) {
  let nowMs = startMs;
  const { slots: store } = createMemoryStorage();
  const ledger = new SlotLedger(store, 'sharedLimit');
  const options = {
    store,
    folder: 'sharedLimit',
    nowMs: () => nowMs,
    onFault: (error: unknown) => assert.fail(String(error)),
  };
  const own = new OwnSlots(options, ledger, new SharedRate(ratePerS, ledger, () => nowMs));
  const times = Array.from({ length: count }, (_, index) => startMs + (index * 1_000) / ratePerS);
  own.add(1, { version: 1, first: 0, times, virtualMs: 0 });
  return {
    own,
    /** Uses every slot that is due in this time, each millisecond. Returns when each was used. */
    useUntil(untilMs: number): number[] {
      const usedMs: number[] = [];
      for (; nowMs <= startMs + untilMs; nowMs += 1) {
        while (own.isDue) {
          own.use();
          usedMs.push(nowMs - startMs);
        }
      }
      return usedMs;
    },
    standStill(forMs: number): void {
      nowMs += forMs;
    },
  };
}

test('a worker that is not late uses each slot when it is due', () => {
  const { useUntil } = openSlots(10, 5);
  assert.deepEqual(useUntil(450), [0, 100, 200, 300, 400]);
});

test('slots that a worker missed are used at twice the rate, not all at once, and none that is too late', () => {
  const { own, useUntil, standStill } = openSlots(10, 9);
  standStill(450);
  assert.equal(own.count, 9);
  const usedMs = useUntil(900);
  assert.equal(usedMs.length, 9);
  const gaps = usedMs.slice(1).map((atMs, index) => atMs - (usedMs[index] ?? 0));
  // Two of them are in the 50 ms that a busy process is allowed.
  assert.deepEqual(usedMs.slice(0, 2), [450, 450]);
  assert.ok(Math.min(...gaps.slice(1)) >= 50, usedMs.join(' '));

  const late = openSlots(10, 9);
  late.standStill(650);
  assert.equal(late.own.count, 7, 'a slot may be used half a second late');
});
