/* A mapping says how cells are read. Without its lines, nothing of this is read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckedRow } from '../../src/domain/staged-row.ts';
import { readRows } from '../../src/input/csv-rows.ts';
import { previewFile } from '../../src/input/file-preview.ts';
import { FileRefusedError } from '../../src/input/file-refused-error.ts';
import { MappingError, parseMapping } from '../../src/input/mapping-file.ts';
import { createMerchantFile } from '../support/merchant-file.ts';
import { limits } from '../support/payment-options.ts';
import { readOptions } from './read-options.ts';

async function readAll(path: string, mapping: string): Promise<CheckedRow[]> {
  const all: CheckedRow[] = [];
  for await (const rows of readRows(path, { ...readOptions, mapping: parseMapping(mapping, limits) }))
    all.push(...rows);
  return all;
}

const refusalOf = async (path: string, mapping: string): Promise<FileRefusedError> => {
  try {
    await readAll(path, mapping);
  } catch (error) {
    if (error instanceof FileRefusedError) return error;
    throw error;
  }
  return assert.fail('the file was read');
};

const plain = 'merchant_ref,card_number,expiry';
const card = '4111111111111111';

/** The cases of expiry: the cell, and the line of a mapping that reads it. */
const expiries: readonly [name: string, cell: string, lines: readonly string[]][] = [
  ['e-dot', '08.2029', ['expiry_format: MM.YYYY']],
  ['e-exceljp', '2029/8/1', ['expiry_format: YYYY/M/D']],
  ['e-mmyy3', '829', ['expiry_format: MYY']],
  ['e-mmyy_dash', '08-29', ['expiry_format: MM-YY']],
  ['e-monyy', 'Aug-29', ['expiry_format: MMM-YY']],
  ['e-serial', '47361', ['expiry_format: serial']],
  ['e-slash1', '8/29', ['expiry_format: M/YY']],
  ['e-slash4', '8/2029', ['expiry_format: M/YYYY']],
  ['e-spaced', ' 8 / 29', ['expiry_format: M / YY', 'trim: true']],
  ['e-spaced2', '08 / 29', ['expiry_format: M / YY']],
  ['e-yymon', '29-Aug', ['expiry_format: YY-MMM']],
  ['e-yyyymd', '2029-08-31', ['expiry_format: YYYY-M-D']],
  ['e-yyyymm', '202908', ['expiry_format: YYYYMM']],
  ['e-yyyyslash', '2029/08', ['expiry_format: YYYY/M']],
];

for (const [name, cell, lines] of expiries) {
  test(`${name}: the expiry is rejected, and read with the line that is proposed`, async (t) => {
    const path = await createMerchantFile(t, `${plain}\na,${card},${cell}\n`);
    const preview = await previewFile(path, readOptions);
    assert.equal(preview.sendableRows, 0);
    assert.deepEqual(preview.proposals, lines);
    const [row] = await readAll(path, lines.join('\n'));
    assert.ok(row?.kind === 'sendable');
    assert.deepEqual([row.expiryMonth, row.expiryYear], ['08', '2029']);
  });
}

test('ep-float: an expiry in two columns that a program exported with decimals is named', async (t) => {
  const path = await createMerchantFile(
    t,
    `merchant_ref,card_number,expiry_month,expiry_year\na,${card},8.0,2029.0\n`,
  );
  const [row] = await readAll(path, '{}');
  assert.deepEqual(row?.kind === 'rejected' && row.errorCodes, ['expiry_decimal']);
});

const amounts: readonly [
  name: string,
  cell: string,
  currency: string,
  lines: readonly string[],
  amount: string,
][] = [
  ['a-thou', '"1,000.00"', 'USD', ['thousands: ","'], '1000.00'],
  ['a-yen', '"¥1,000"', 'JPY', ['thousands: ","', 'currency_sign: "¥"'], '1000'],
  ['a-euro', '"10,00"', 'EUR', ['decimal: ","'], '10.00'],
  ['a-lower', '10.00', 'usd', ['upper_case: true'], '10.00'],
  ['y-eu-thou-eur', '10.000', 'EUR', ['decimal: ","', 'thousands: "."'], '10000'],
  ['a sign behind', '10.00 €', 'EUR', ['currency_sign: "€"'], '10.00'],
];

for (const [name, cell, currency, lines, amount] of amounts) {
  test(`${name}: the amount is rejected, and read with the lines that are proposed`, async (t) => {
    const path = await createMerchantFile(
      t,
      `${plain},amount,currency\na,${card},08/29,${cell},${currency}\n`,
    );
    const preview = await previewFile(path, readOptions);
    assert.deepEqual([preview.sendableRows, preview.proposals], [0, lines]);
    const [row] = await readAll(path, lines.join('\n'));
    assert.deepEqual(row?.kind === 'sendable' && [row.amount, row.currency], [
      amount,
      currency.toUpperCase(),
    ]);
  });
}

test('with decimal commas, a point is no decimal point, and wrong groups are no thousands', async (t) => {
  const cells = ['10.50', '1.00', '"1.00,5"', '"1.000,50"', '"0,50"', '"10,505"'];
  const lines = cells.map((cell, index) => `r${index},${card},08/29,${cell},EUR`);
  const path = await createMerchantFile(t, `${plain},amount,currency\n${lines.join('\n')}\n`);
  const rows = await readAll(path, 'decimal: ","\nthousands: "."');
  assert.deepEqual(
    rows.map((row) => (row.kind === 'sendable' ? row.amount : row.errorCodes.join())),
    ['amount_format', 'amount_format', 'amount_format', '1000.50', '0.50', 'amount_decimals'],
  );
});

test('x-null: marks for a missing value are empty cells if a mapping lists them', async (t) => {
  const path = await createMerchantFile(
    t,
    `${plain},cardholder_name,billing_country\na,${card},08/2029,NULL,NULL\nb,${card},08/2029,\\N,\n`,
  );
  const { proposals } = await previewFile(path, readOptions);
  assert.deepEqual(proposals, ['empty: ["NULL", "\\\\N"]']);
  const rows = await readAll(path, proposals.join('\n'));
  assert.deepEqual(
    rows.map((row) => row.kind === 'sendable' && [row.cardholderName, row.billing]),
    [
      [undefined, {}],
      [undefined, {}],
    ],
  );
});

test('multi-card-ref: a reference composed with the last four digits tells the cards of a customer apart', async (t) => {
  const path = await createMerchantFile(
    t,
    `${plain}\nc1,${card},08/2029\nc1,5555555555554444,08/2029\nc2,6011111111111117,08/2029\n`,
  );
  const { proposals, byErrorCode } = await previewFile(path, readOptions);
  assert.deepEqual(byErrorCode, { merchant_ref_duplicate: { count: 1, firstLines: [3] } });
  assert.deepEqual(
    (await readAll(path, proposals.join('\n'))).map(({ kind, merchantRef }) => [kind, merchantRef]),
    [
      ['sendable', 'c1-1111'],
      ['sendable', 'c1-4444'],
      ['sendable', 'c2-1117'],
    ],
  );
});

test('a reference of several columns needs all of them, and never shows a card number', async (t) => {
  const header = 'customer,seq,card_number,expiry';
  const path = await createMerchantFile(
    t,
    `${header}\nc1,1,${card},08/29\nc1,2,${card},08/29\nc2,,${card},08/29\nc1,1,${card},08/29\n`,
  );
  const rows = await readAll(path, 'reference:\n  columns: [customer, seq]\n  separator: "/"\n');
  assert.deepEqual(
    rows.map((row) => (row.kind === 'sendable' ? row.merchantRef : row.errorCodes.join())),
    ['c1/1', 'c1/2', 'merchant_ref_missing', 'merchant_ref_duplicate'],
  );
  const hidden = await readAll(path, 'reference:\n  columns: [customer, card_number]\nignore: [seq]\n');
  assert.deepEqual(
    hidden.map((row) => row.merchantRef),
    ['', '', '', ''],
  );
});

test('columns that are passed through come with every row, and a card number in them rejects it', async (t) => {
  const header = `${plain},scheme_txn,mandate`;
  const path = await createMerchantFile(
    t,
    `${header}\na,${card},08/29,MCC123,m-1\nb,${card},13/29,,m-2\nc,${card},08/29,x ${card},m-3\nd,${card}\n`,
  );
  const rows = await readAll(path, 'pass_through: [mandate, scheme_txn]');
  assert.deepEqual(
    rows.map((row) => [row.kind === 'rejected' ? row.errorCodes.join() : '', row.passed]),
    [
      ['', ['m-1', 'MCC123']],
      ['expiry_month_range', ['m-2', '']],
      ['passed_value', ['m-3', '']],
      ['row_column_count', undefined],
    ],
  );
});

test('h-dup-unrelated: of two columns with one name, a position says which one is ignored', async (t) => {
  const path = await createMerchantFile(
    t,
    `${plain},email,email\na,${card},08/29,x@example.com,y@example.com\n`,
  );
  const { mapping: proposed = '' } = await refusalOf(path, '{}');
  assert.match(proposed, /^ {2}"email": billing_email$/m);
  assert.match(proposed, /^# {2}- \{ name: "email", column: 5 \}$/m);
  const [row] = await readAll(path, proposed.replace(/^#(ignore:| {2}- )/gm, '$1'));
  assert.deepEqual(row?.kind === 'sendable' && row.billing, { email: 'x@example.com' });
  const [other] = await readAll(path, 'columns: {email: billing_email}\nignore: [{name: email, column: 4}]');
  assert.deepEqual(other?.kind === 'sendable' && other.billing, { email: 'y@example.com' });
  assert.match(
    (await refusalOf(path, 'ignore: [{name: email, column: 3}]')).message,
    /column 3 has another name/,
  );
});

for (const [text, message] of [
  ['expiry_format: MM', /expiry_format is not made of one month/],
  ['decimal: ";"', /decimal is neither/],
  ['thousands: "x"', /thousands is none of/],
  ['thousands: "."', /thousands and decimal are the same/],
  ['delimiter: "ab"', /delimiter is not one character/],
  ['delimiter: "a"', /delimiter is not one character/],
  ['trim: yes', /trim is neither true nor false/],
  ['reference: {columns: [a]}', /reference needs at least two columns/],
  ['pass_through: [cvv]', /"cvv" is named like a card security code/],
  ['pass_through: ["4111111111111111"]', /looks like a card number/],
  ['currency_sign: "1"', /currency_sign is not a sign/],
  ['ignore: [{name: a}]', /ignore is not a list of names/],
] as const) {
  test(`the line ${text} is refused`, () =>
    assert.throws(
      () => parseMapping(text, limits),
      (error) =>
        error instanceof MappingError && message.test(error.message) && !error.message.includes(card),
    ));
}

test('expiry_format in a file without the column expiry refuses the file', async (t) => {
  const path = await createMerchantFile(
    t,
    `merchant_ref,card_number,expiry_month,expiry_year\na,${card},8,29\n`,
  );
  assert.equal((await refusalOf(path, 'expiry_format: M/YY')).code, 'header_mapping');
});
