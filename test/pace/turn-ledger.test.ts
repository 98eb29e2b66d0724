import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeTurnBlock } from '../../src/pace/turn-block.ts';
import { TurnLedger } from '../../src/pace/turn-ledger.ts';
import { createMemoryStorage } from '../support/memory-storage.ts';

const startMs = 1_700_000_000_000;
const ratePerS = 10;
const mostLateMs = 500;

/** Three blocks of another worker, of five turns each, a tenth of a second apart; and how often each is read. */
async function openLedger() {
  const { turns } = createMemoryStorage();
  const contentOf = (first: number, lateMs = 0): string =>
    encodeTurnBlock({
      version: 1,
      first,
      times: [0, 1, 2, 3, 4].map((turn) => startMs + (first + turn) * 100 + lateMs),
      virtualMs: startMs,
    });
  for (const block of [1, 2, 3]) await turns.create('book', block, contentOf((block - 1) * 5));
  let reads: number[] = [];
  const ledger = new TurnLedger(
    {
      ...turns,
      read: (book, block) => {
        reads.push(block);
        return turns.read(book, block);
      },
    },
    'book',
  );
  await ledger.look(ratePerS, startMs);
  return {
    ledger,
    useLate: (block: number, lateMs: number) =>
      turns.replace('book', block, contentOf((block - 1) * 5, lateMs)),
    /** Reads for the next turn; gives which blocks, and when the Nth-last turn was. */
    async refresh(nowMs: number, count = 1) {
      reads = [];
      await ledger.refresh(ratePerS, count, mostLateMs, nowMs - mostLateMs - 250);
      return { reads: reads.toSorted(), backMs: ledger.sortedTimes().at(-ratePerS) };
    },
  };
}

test('a turn is planned by when the Nth-last was really used, as its maker tells late', async () => {
  const { refresh, useLate } = await openLedger();
  // Of fifteen turns the tenth-last is the sixth: the first of the second block.
  assert.deepEqual(await refresh(startMs + 1_300), { reads: [1, 2], backMs: startMs + 500 });
  await useLate(2, 70);
  assert.deepEqual(await refresh(startMs + 1_300), { reads: [2], backMs: startMs + 570 });
});

test('turns that were used so late that they came after the Nth-last count as later ones', async () => {
  const { refresh, useLate } = await openLedger();
  await useLate(1, 450);
  const { backMs } = await refresh(startMs + 800);
  assert.equal(backMs, startMs + 700);
});

test('for several turns the blocks of all their Nth-last turns are read', async () => {
  const { refresh } = await openLedger();
  assert.deepEqual((await refresh(startMs + 1_300, 6)).reads, [1, 2, 3]);
});

test('a block that its maker changes no more is not read again, nor one that no turn is planned by yet', async () => {
  const { refresh } = await openLedger();
  await refresh(startMs + 1_700);
  assert.deepEqual((await refresh(startMs + 1_710)).reads, []);
});

test('the blocks with which a refusal was told stay for as long as others: nobody makes their numbers again', async () => {
  const { turns } = createMemoryStorage();
  const pressure = {
    ceilingPerS: 5,
    plateauPerS: 5,
    cutAtMs: startMs,
    resumeAtMs: startMs + 60_000,
    cause: 'HTTP 429',
  };
  const news = encodeTurnBlock({ version: 1, first: 0, times: [], virtualMs: startMs, pressure });
  for (const block of [1, 2]) await turns.create('book', block, news);
  const ledger = new TurnLedger(turns, 'book');
  await ledger.look(ratePerS, startMs);
  await ledger.clean(ratePerS, startMs + 2_500);
  assert.deepEqual(await turns.list('book'), [1, 2]);
  await ledger.clean(ratePerS, startMs + 30_000);
  assert.deepEqual(await turns.list('book'), [2]);
});

test('a worker that follows takes over all that others made, in order, and reads nothing twice', async () => {
  const { turns } = createMemoryStorage();
  const ledger = new TurnLedger(turns, 'book');
  await ledger.look(ratePerS, startMs);
  await ledger.follow(startMs);
  assert.deepEqual([ledger.newest, ledger.next], [0, 0]);
  for (const block of [1, 2]) {
    const times = [startMs + block];
    await turns.create(
      'book',
      block,
      encodeTurnBlock({ version: 1, first: block - 1, times, virtualMs: startMs }),
    );
  }
  await ledger.follow(startMs);
  assert.deepEqual([ledger.newest, ledger.next, ledger.lastMs], [2, 2, startMs + 2]);
});
