/* A power cut leaves the newest blocks of turns empty, since they are not made durable: a batch goes on all the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAccountPace } from '../../src/pace/account-pace.ts';
import { createPacer } from '../../src/pace/pacer.ts';
import { encodeTurnBlock, type TurnBlock } from '../../src/pace/turn-block.ts';
import { TurnLedger } from '../../src/pace/turn-ledger.ts';
import { accountTurnsFolder, batchTurnsFolder } from '../../src/storage/layout.ts';
import { createMemoryStorage } from '../support/memory-storage.ts';

const batchId = 'cardlift/merchant/batch';
const binding = 'binding';
const nowMs = 1_700_000_000_000;
const block = (first: number, ...times: number[]): string =>
  encodeTurnBlock({ version: 1, first, times, virtualMs: nowMs });

for (const [what, content] of [
  ['empty', ''],
  ['cut off', '{"version":1,"fir'],
  ['of zeros', '\0'.repeat(80)],
  ['without its turns', '{"version":1}'],
] as const) {
  test(`a newest block that is ${what} is passed over: turns go on after the block before it, a second later, and it is removed`, async () => {
    const { turns } = createMemoryStorage();
    await turns.create('book', 7, block(40, nowMs - 300, nowMs - 200));
    await turns.create('book', 8, content);
    const ledger = new TurnLedger(turns, 'book');
    await ledger.look(10, nowMs);
    assert.equal(ledger.newest, 8);
    assert.equal(ledger.next, 42);
    assert.equal(ledger.sortedTimes().at(-1), nowMs - 200);
    assert.equal(ledger.lastMs, nowMs + 1_000);

    await ledger.look(10, nowMs + 600);
    assert.equal(ledger.lastMs, nowMs + 1_000, 'it is waited for once');
    const own: TurnBlock = { version: 1, first: 42, times: [nowMs + 1_100], virtualMs: nowMs };
    assert.ok(await turns.create('book', 9, encodeTurnBlock(own)));
    ledger.add(own, nowMs + 1_000);
    await ledger.clean(10, nowMs + 60_000);
    assert.deepEqual(await turns.list('book'), [9]);
  });
}

test('an unreadable block that another worker meets as the next one is passed over, too', async () => {
  const { turns } = createMemoryStorage();
  await turns.create('book', 1, block(0, nowMs));
  const ledger = new TurnLedger(turns, 'book');
  await ledger.look(10, nowMs);
  await turns.create('book', 2, '');
  await ledger.follow(nowMs);
  assert.deepEqual([ledger.newest, ledger.next], [2, 1]);
});

test('a batch and an account whose newest blocks are empty have their turns, and their pace can be told', async () => {
  const storage = createMemoryStorage();
  await storage.turns.create(batchTurnsFolder(batchId), 3, '');
  await storage.turns.create(accountTurnsFolder(binding), 3, '');
  const pacer = createPacer({ ...storage, binding, nowMs: () => Date.now() });
  const entry = await pacer.enter(
    batchId,
    { ratePerS: 50, concurrency: 4 },
    10_000,
    new AbortController().signal,
  );
  assert.ok(entry.kind === 'permit');
  const turn = await entry.turn();
  entry.release();
  pacer.stop();
  assert.equal(turn, 'go');
  assert.equal((await readAccountPace(storage, binding, Date.now())).pressure, undefined);
});

test('a block of another version is no damage: it is refused with what to do', async () => {
  const { turns } = createMemoryStorage();
  await turns.create('book', 1, '{"version":2,"first":0}');
  await assert.rejects(new TurnLedger(turns, 'book').look(10, nowMs), {
    name: 'TurnBlockError',
    message: /another version of Cardlift \(2\): work with that one/,
  });
});
