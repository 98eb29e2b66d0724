/*
 * A power cut leaves the newest slot batches empty, since they are not made durable. A batch
 * continues nevertheless.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAccountLimits } from '../../../src/rate-limit/account-limits.ts';
import { createRateLimiter } from '../../../src/rate-limit/rate-limiter.ts';
import { encodeSlotBatch, type SlotBatch } from '../../../src/rate-limit/slots/slot-batch.ts';
import { SlotLedger } from '../../../src/rate-limit/slots/slot-ledger.ts';
import { accountSlotsFolder, batchSlotsFolder } from '../../../src/storage/layout.ts';
import { createMemoryStorage } from '../memory-storage.ts';

const batchId = 'cardlift/merchant/batch';
const targetFingerprint = 'targetFingerprint';
const nowMs = 1_700_000_000_000;
const slotBatch = (first: number, ...times: number[]): string =>
  encodeSlotBatch({ version: 1, first, times, virtualMs: nowMs });

for (const [what, content] of [
  ['empty', ''],
  ['cut off', '{"version":1,"fir'],
  ['of zeros', '\0'.repeat(80)],
  ['without its slots', '{"version":1}'],
] as const) {
  test(`a newest slot batch that is ${what} is skipped and removed: slots continue a second after the slot batch before it`, async () => {
    const { slots } = createMemoryStorage();
    await slots.create('sharedLimit', 7, slotBatch(40, nowMs - 300, nowMs - 200));
    await slots.create('sharedLimit', 8, content);
    const ledger = new SlotLedger(slots, 'sharedLimit');
    await ledger.look(10, nowMs);
    assert.equal(ledger.newest, 8);
    assert.equal(ledger.next, 42);
    assert.equal(ledger.sortedTimes().at(-1), nowMs - 200);
    assert.equal(ledger.lastMs, nowMs + 1_000);

    await ledger.look(10, nowMs + 600);
    assert.equal(ledger.lastMs, nowMs + 1_000, 'it is waited for once');
    const own: SlotBatch = { version: 1, first: 42, times: [nowMs + 1_100], virtualMs: nowMs };
    assert.ok(await slots.create('sharedLimit', 9, encodeSlotBatch(own)));
    ledger.add(own);
    await ledger.clean(10, nowMs + 60_000);
    assert.deepEqual(await slots.list('sharedLimit'), [9]);
  });
}

test('an unreadable slot batch that another worker finds next is skipped, too', async () => {
  const { slots } = createMemoryStorage();
  await slots.create('sharedLimit', 1, slotBatch(0, nowMs));
  const ledger = new SlotLedger(slots, 'sharedLimit');
  await ledger.look(10, nowMs);
  await slots.create('sharedLimit', 2, '');
  await ledger.look(10, nowMs);
  assert.deepEqual([ledger.newest, ledger.next], [2, 1]);
});

test('a batch and an account whose newest slot batches are empty get their slots, and their rate can be read', async () => {
  const storage = createMemoryStorage();
  await storage.slots.create(batchSlotsFolder(batchId), 3, '');
  await storage.slots.create(accountSlotsFolder(targetFingerprint), 3, '');
  const rateLimiter = createRateLimiter({ ...storage, targetFingerprint, nowMs: () => Date.now() });
  const entry = await rateLimiter.enter(
    batchId,
    { ratePerS: 50, concurrency: 4 },
    10_000,
    new AbortController().signal,
  );
  assert.ok(entry.kind === 'permit');
  const slot = await entry.slot();
  entry.release();
  rateLimiter.stop();
  assert.equal(slot, 'go');
  assert.equal((await readAccountLimits(storage, targetFingerprint, Date.now())).backOff, undefined);
});

test('a slot batch of another version is not damage: it is refused with advice', async () => {
  const { slots } = createMemoryStorage();
  await slots.create('sharedLimit', 1, '{"version":2,"first":0}');
  await assert.rejects(new SlotLedger(slots, 'sharedLimit').look(10, nowMs), {
    name: 'SlotBatchError',
    message: /another version of Cardlift \(2\): work with that one/,
  });
});
