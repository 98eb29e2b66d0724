import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { describeInputColumn } from '../../src/domain/column-texts.ts';
import {
  type CanonicalColumn,
  canonicalColumns,
  createColumnLayout,
  missingColumns,
} from '../../src/domain/columns.ts';
import { parseExpiry } from '../../src/domain/expiry.ts';
import { validateRow } from '../../src/domain/row-validation.ts';
import { limits as gatewayLimits } from '../support/payment-options.ts';

const page = await readFile(new URL('../../docs/input-format.md', import.meta.url), 'utf8');

const columns = canonicalColumns.filter((column) => column !== 'expiry_month' && column !== 'expiry_year');
const good: Partial<Record<CanonicalColumn, string>> = {
  merchant_ref: 'cust-1',
  card_number: '4111111111111111',
  expiry: '12/2039',
  amount: '1000',
  currency: 'JPY',
};

const codesOf = (cells: Partial<Record<CanonicalColumn, string>>): readonly string[] => {
  const row = validateRow(
    columns.map((column) => ({ ...good, ...cells })[column] ?? ''),
    { row: 1, line: 2 },
    {
      layout: createColumnLayout(columns),
      today: '2026-11-23',
      isLive: false,
      limits: gatewayLimits,
      isDuplicateRef: () => false,
    },
  );
  return row.kind === 'rejected' ? row.errorCodes : [];
};

const limits: [CanonicalColumn, number][] = canonicalColumns.flatMap((column) => {
  const { maxCharacters } = describeInputColumn(column, gatewayLimits);
  return maxCharacters === undefined ? [] : [[column, maxCharacters]];
});

test('a text as long as the page allows is accepted, and one character more is rejected', () => {
  assert.ok(limits.length > 10);
  for (const [column, maxCharacters] of limits) {
    assert.deepEqual(codesOf({ [column]: '漢'.repeat(maxCharacters) }), [], column);
    assert.equal(codesOf({ [column]: '漢'.repeat(maxCharacters + 1) }).length, 1, column);
  }
});

test('a file is refused without exactly the columns that the page calls required', () => {
  const always = missingColumns(new Set(['expiry']), { hasAmount: true, hasCurrency: true });
  const stated = canonicalColumns.filter(
    (column) => describeInputColumn(column, gatewayLimits).isRequired === 'yes',
  );
  assert.deepEqual(stated, always);
});

test('every expiry example on the page is read, and the one it warns of is rejected', () => {
  const examples = [...page.matchAll(/^\| `[MY/-]+` \| `([\d/-]+)` \|$/gm)].map(
    ([, example]) => example ?? '',
  );
  assert.equal(examples.length, 5);
  for (const example of examples)
    assert.deepEqual(parseExpiry(example), { month: '09', year: '2029' }, example);
  const [, warned = ''] = /drops the leading zero \(`(\d+)`\)/.exec(page) ?? [];
  assert.equal(parseExpiry(warned), 'expiry_format');
});
