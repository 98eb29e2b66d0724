import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CheckedRow } from '../../src/domain/staged-row.ts';
import { readRows } from '../../src/input/csv-rows.ts';
import { faultOfCard } from '../../src/simulator/card-numbers.ts';
import { isFaultName } from '../../src/simulator/faults.ts';
import { limits } from '../support/payment-options.ts';

async function readSample(name: string): Promise<CheckedRow[]> {
  const path = fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));
  const rows: CheckedRow[] = [];
  const reading = readRows(path, {
    today: new Date().toISOString().slice(0, 10),
    isLive: false,
    limits,
    fingerprintKey: randomBytes(32),
  });
  for await (const some of reading) rows.push(...some);
  return rows;
}

test('ten-cards.csv has ten sendable rows without faults', async () => {
  const rows = await readSample('ten-cards.csv');
  assert.equal(rows.length, 10);
  for (const row of rows) {
    assert.ok(row.kind === 'sendable', `row ${row.row}`);
    assert.equal(faultOfCard(row.cardNumber), undefined);
  }
});

test('japanese-cards.csv has twelve sendable rows in yen with Japanese names', async () => {
  const rows = await readSample('japanese-cards.csv');
  assert.equal(rows.length, 12);
  for (const row of rows) {
    assert.ok(row.kind === 'sendable', `row ${row.row}`);
    assert.equal(row.currency, 'JPY');
    assert.match(row.cardholderName ?? '', /\p{Script=Han}/u);
    assert.equal(faultOfCard(row.cardNumber), undefined);
  }
});

test('mixed-faults.csv correctly names the fault of each row in its reference', async () => {
  const rows = await readSample('mixed-faults.csv');
  const seen = { fault: 0, check: 0, good: 0 };
  for (const row of rows) {
    const [, kind, name = ''] = /^(good|fault|check)-(.+)$/.exec(row.merchantRef) ?? [];
    if (row.kind === 'rejected') {
      assert.equal(kind, 'check', `row ${row.row}`);
      assert.equal(row.errorCodes[0], name, `row ${row.row}`);
      seen.check += 1;
    } else if (kind === 'fault') {
      assert.ok(isFaultName(name), `row ${row.row}`);
      assert.equal(faultOfCard(row.cardNumber), name, `row ${row.row}`);
      seen.fault += 1;
    } else {
      // The first of two rows with the same reference is accepted.
      assert.ok(kind === 'good' || name === 'merchant_ref_duplicate', `row ${row.row}`);
      assert.equal(faultOfCard(row.cardNumber), undefined);
      seen.good += 1;
    }
  }
  assert.deepEqual(seen, { fault: 21, check: 7, good: 5 });
});
