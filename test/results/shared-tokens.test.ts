import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definedOf } from '../../src/domain/defined.ts';
import type { OutcomeLine } from '../../src/results/outcome-line.ts';
import { createSharedTokenFinder } from '../../src/results/shared-tokens.ts';

interface Row {
  readonly card: string;
  readonly token?: string;
}

async function find(rows: readonly Row[]) {
  const cards: number[] = [];
  const finder = createSharedTokenFinder(async (row) => {
    cards.push(row);
    return rows[row - 1]?.card;
  });
  for (const [index, { card, token }] of rows.entries()) {
    const line: Partial<OutcomeLine> = { row: index + 1, card };
    await finder.add({
      ...line,
      ...definedOf({ storedPaymentMethodId: token }),
    } as OutcomeLine);
  }
  return { ...finder.result(), cardsRead: cards.length };
}

test('a token returned for other cards lists all its rows, and each such token its own', async () => {
  const rows = [
    { card: '411111******1111', token: 'pm-1' },
    { card: '555555******4444', token: 'pm-2' },
    { card: '378282******0005', token: 'pm-1' },
    { card: '601111******1117', token: 'pm-2' },
    { card: '356611******1113', token: 'pm-1' },
    { card: '222242******1113', token: 'pm-3' },
  ];
  assert.deepEqual(await find(rows), {
    rows: 5,
    groups: [
      [1, 3, 5],
      [2, 4],
    ],
    cardsRead: 3,
  });
});

test('the same card in two rows may have the same token, and rows without a token share none', async () => {
  const rows = [
    { card: '411111******1111', token: 'pm-1' },
    { card: '411111******1111', token: 'pm-1' },
    { card: '555555******4444' },
    { card: '378282******0005' },
  ];
  assert.deepEqual(await find(rows), { rows: 0, groups: [], cardsRead: 1 });
});

test('many rows of one token are all counted, and the first hundred listed', async () => {
  const rows = Array.from({ length: 250 }, (_, index) => ({ card: `${index}`, token: 'pm-same' }));
  const found = await find(rows);
  assert.equal(found.rows, 250);
  assert.deepEqual(
    found.groups.map(({ length }) => length),
    [100],
  );
});
