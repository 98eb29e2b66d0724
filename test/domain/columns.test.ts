import assert from 'node:assert/strict';
import { test } from 'node:test';
import { otherFieldNames, otherNames } from '../../src/domain/column-names.ts';
import { proposeColumn } from '../../src/domain/column-proposals.ts';
import {
  canonicalColumns,
  createColumnLayout,
  isCvcColumnName,
  missingColumns,
  normalizeColumnName,
} from '../../src/domain/columns.ts';

for (const [name, expected] of [
  ['CardNumber', 'card_number'],
  ['card number', 'card_number'],
  ['カード番号', 'card_number'],
  ['PAN', 'card_number'],
  ['exp_month', 'expiry_month'],
  ['Expiration Date', 'expiry'],
  ['carholder_name', 'cardholder_name'],
  ['zip', 'billing_postal_code'],
  ['Ship-City', 'shipping_city'],
  ['配送先住所', 'shipping_address1'],
  ['ＡＭＯＵＮＴ', 'amount'],
  ['card.number', 'card_number'],
  ['card_accountNumber', 'card_number'],
  ['card_expirationMonth', 'expiry_month'],
  ['credit_card.expiration_year', 'expiry_year'],
  ['payment_method[card][exp_month]', 'expiry_month'],
  ['old_reference', 'merchant_ref'],
  ['raw_currency', 'currency'],
  ['billTo_email', 'billing_email'],
  ['shipTo.postalCode', 'shipping_postal_code'],
  ['purchaseTotals_grandTotalAmount', 'amount'],
  ['account_number', undefined],
  ['old', undefined],
  ['loyalty_points', undefined],
  ['cat', undefined],
] as const) {
  test(`a column named "${name}" is proposed as ${expected}`, () =>
    assert.equal(proposeColumn(name), expected));
}

test('every canonical column is proposed for itself', () => {
  for (const column of canonicalColumns) assert.equal(proposeColumn(column.toUpperCase()), column);
});

for (const name of [
  'cvc',
  'CVV',
  'cvv2',
  'CSC',
  'cid',
  'Security Code',
  'card_cvc',
  'ＣＶＣ',
  'セキュリティコード',
]) {
  test(`a column named "${name}" is a security code column`, () => assert.equal(isCvcColumnName(name), true));
}

test('no canonical column is a security code column', () => {
  assert.deepEqual(canonicalColumns.filter(isCvcColumnName), []);
});

test('a layout gives the indexes of addresses in the order of the API, and none if there are none', () => {
  const layout = createColumnLayout(['merchant_ref', undefined, 'billing_city', 'billing_country']);
  assert.equal(layout.columnCount, 4);
  assert.deepEqual(layout.billing, [3, -1, -1, -1, 2, -1, -1]);
  assert.deepEqual(layout.shipping, []);
  assert.equal(layout.indexOf.amount, -1);
});

test('missing required columns are named, except those given for the batch', () => {
  const given = { hasAmount: false, hasCurrency: false };
  assert.deepEqual(missingColumns(new Set(), given), [
    'merchant_ref',
    'card_number',
    'expiry',
    'amount',
    'currency',
  ]);
  assert.deepEqual(missingColumns(new Set(['expiry_month']), { hasAmount: true, hasCurrency: true }), [
    'merchant_ref',
    'card_number',
    'expiry_year',
  ]);
});

test('no other name is proposed for two columns', () => {
  const columnsOf = new Map<string, Set<string>>();
  for (const [column, names] of [...Object.entries(otherNames), ...Object.entries(otherFieldNames)]) {
    for (const name of names.map(normalizeColumnName)) {
      columnsOf.set(name, (columnsOf.get(name) ?? new Set()).add(column));
    }
  }
  assert.deepEqual(
    [...columnsOf].filter(([, columns]) => columns.size > 1),
    [],
  );
  assert.ok(columnsOf.size > 100);
});
