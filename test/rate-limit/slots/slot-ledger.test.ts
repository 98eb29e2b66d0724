import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSlotBatch } from '../../../src/rate-limit/slots/slot-batch.ts';
import { SlotLedger } from '../../../src/rate-limit/slots/slot-ledger.ts';
import { planSlots, toleratedPeriodOf } from '../../../src/rate-limit/slots/slot-plan.ts';
import { createMemoryStorage } from '../memory-storage.ts';

const startMs = 1_700_000_000_000;
const ratePerS = 10;
const mostLateMs = 500;

/**
 * Three slot batches of another worker, with five slots each, a tenth of a second apart, and how
 * often each is read.
 */
async function openLedger() {
  const { slots } = createMemoryStorage();
  const contentOf = (first: number, lateMs = 0): string =>
    encodeSlotBatch({
      version: 1,
      first,
      times: [0, 1, 2, 3, 4].map((slot) => startMs + (first + slot) * 100 + lateMs),
      virtualMs: startMs,
    });
  for (const slotBatch of [1, 2, 3])
    await slots.create('sharedLimit', slotBatch, contentOf((slotBatch - 1) * 5));
  let reads: number[] = [];
  const ledger = new SlotLedger(
    {
      ...slots,
      read: (sharedLimit, slotBatch) => {
        reads.push(slotBatch);
        return slots.read(sharedLimit, slotBatch);
      },
    },
    'sharedLimit',
  );
  await ledger.look(ratePerS, startMs);
  return {
    ledger,
    useLate: (slotBatch: number, lateMs: number) =>
      slots.replace('sharedLimit', slotBatch, contentOf((slotBatch - 1) * 5, lateMs)),
    /**
     * Reads for the next slot. Returns which slot batches it read, and when the Nth-last slot was.
     */
    async refresh(nowMs: number, count = 1) {
      reads = [];
      await ledger.refresh(ratePerS, count, mostLateMs, nowMs - mostLateMs - 250);
      return { reads: reads.toSorted(), backMs: ledger.sortedTimes().at(-ratePerS) };
    },
  };
}

test('a slot is planned by when the Nth-latest request really left, even if its owner reports it late', async () => {
  const { refresh, useLate } = await openLedger();
  // Of fifteen slots, the tenth-last is the sixth: the first of the second slot batch.
  assert.deepEqual(await refresh(startMs + 1_300), { reads: [1, 2], backMs: startMs + 500 });
  await useLate(2, 70);
  assert.deepEqual(await refresh(startMs + 1_300), { reads: [2], backMs: startMs + 570 });
});

test('slots that were used so late that they came after the Nth-last count as later ones', async () => {
  const { refresh, useLate } = await openLedger();
  await useLate(1, 450);
  const { backMs } = await refresh(startMs + 800);
  assert.equal(backMs, startMs + 700);
});

test('for several slots the slot batches of all their Nth-last slots are read', async () => {
  const { refresh } = await openLedger();
  assert.deepEqual((await refresh(startMs + 1_300, 6)).reads, [1, 2, 3]);
});

test('a slot batch that its owner no longer changes is not read again, nor one that no plan needs yet', async () => {
  const { refresh } = await openLedger();
  await refresh(startMs + 1_700);
  assert.deepEqual((await refresh(startMs + 1_710)).reads, []);
});

test('slot batches that report a refusal stay as long as others: their numbers are not reused', async () => {
  const { slots } = createMemoryStorage();
  const backOff = {
    basis: 'measured' as const,
    startPerS: 5,
    plateauPerS: 5,
    cutAtMs: startMs,
    resumeAtMs: startMs + 60_000,
    cause: 'HTTP 429',
  };
  const news = encodeSlotBatch({ version: 1, first: 0, times: [], virtualMs: startMs, backOff });
  for (const slotBatch of [1, 2]) await slots.create('sharedLimit', slotBatch, news);
  const ledger = new SlotLedger(slots, 'sharedLimit');
  await ledger.look(ratePerS, startMs);
  await ledger.clean(ratePerS, startMs + 2_500);
  assert.deepEqual(await slots.list('sharedLimit'), [1, 2]);
  await ledger.clean(ratePerS, startMs + 30_000);
  assert.deepEqual(await slots.list('sharedLimit'), [2]);
});

test('a worker takes over all slot batches of others, in order, and reads none twice', async () => {
  const { slots } = createMemoryStorage();
  const ledger = new SlotLedger(slots, 'sharedLimit');
  await ledger.look(ratePerS, startMs);
  await ledger.look(ratePerS, startMs);
  assert.deepEqual([ledger.newest, ledger.next], [0, 0]);
  for (const slotBatch of [1, 2]) {
    const times = [startMs + slotBatch];
    await slots.create(
      'sharedLimit',
      slotBatch,
      encodeSlotBatch({ version: 1, first: slotBatch - 1, times, virtualMs: startMs }),
    );
  }
  await ledger.look(ratePerS, startMs);
  assert.deepEqual([ledger.newest, ledger.next, ledger.lastMs], [2, 2, startMs + 2]);
});

test('the slots before a time are those of the second before it, not one at the time itself', async () => {
  const { ledger } = await openLedger();
  // One slot every 100 ms, the last one 1,400 ms after the start.
  assert.equal(ledger.slotsBefore(startMs + 1_450), 10);
  assert.equal(ledger.slotsBefore(startMs + 300), 3);
  assert.equal(ledger.slotsBefore(startMs + 2_050), 4);
});

test('slots of a machine whose clock is an hour ahead hold nothing up, and their numbers are not used again', async () => {
  const { slots } = createMemoryStorage();
  const batch = {
    version: 1 as const,
    first: 0,
    times: [startMs + 3_600_000],
    virtualMs: startMs + 3_600_000,
  };
  await slots.create('sharedLimit', 1, encodeSlotBatch(batch));
  const ledger = new SlotLedger(slots, 'sharedLimit');
  await ledger.look(ratePerS, startMs);
  assert.deepEqual([ledger.lastMs, ledger.virtualMs, ledger.sortedTimes()], [0, 0, []]);
  assert.deepEqual([ledger.next, ledger.newest], [1, 1]);
  await ledger.refresh(ratePerS, 1, mostLateMs, startMs);
  assert.deepEqual(ledger.sortedTimes(), []);
});

test('after this machine’s clock was set back by two hours, slots are planned by the new time, one period later', async () => {
  const { slots } = createMemoryStorage();
  const ledger = new SlotLedger(slots, 'sharedLimit');
  await ledger.look(ratePerS, startMs);
  ledger.add({ version: 1, first: 0, times: [startMs, startMs + 100], virtualMs: startMs + 100 });
  const nowMs = startMs - 7_200_000;
  await ledger.look(ratePerS, nowMs);
  const [nextMs = 0] = planSlots(ledger, ratePerS, 1, nowMs).times;
  const { periodMs } = toleratedPeriodOf(ratePerS);
  assert.ok(nextMs >= nowMs + periodMs && nextMs < nowMs + 2 * periodMs, `${nextMs - nowMs} ms`);
  assert.deepEqual([ledger.next, ledger.newest], [2, 1]);
});
