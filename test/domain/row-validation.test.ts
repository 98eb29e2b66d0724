import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CanonicalColumn, canonicalColumns, createColumnLayout } from '../../src/domain/columns.ts';
import { type RowErrorCode, rowErrorCodes } from '../../src/domain/error-codes.ts';
import { type RowRules, validateRow } from '../../src/domain/row-validation.ts';
import { limits } from '../support/payment-options.ts';

const columns = canonicalColumns.filter((column) => column !== 'expiry_month' && column !== 'expiry_year');
const good: Partial<Record<CanonicalColumn, string>> = {
  merchant_ref: 'customer-1',
  card_number: '4111111111111111',
  expiry: '12/2029',
  amount: '1000',
  currency: 'JPY',
};

const createRules = (rules: Partial<RowRules> = {}): RowRules => ({
  layout: createColumnLayout(columns),
  today: '2026-11-23',
  isLive: false,
  limits,
  isDuplicateRef: () => false,
  ...rules,
});

const validate = (cells: Partial<Record<CanonicalColumn, string>>, rules: Partial<RowRules> = {}) =>
  validateRow(
    columns.map((column) => ({ ...good, ...cells })[column] ?? ''),
    { row: 7, line: 9 },
    createRules(rules),
  );

const wave = '𠮷';

const badRows: readonly [RowErrorCode, Partial<Record<CanonicalColumn, string>>, Partial<RowRules>?][] = [
  ['merchant_ref_missing', { merchant_ref: '' }],
  ['merchant_ref_missing', { merchant_ref: '  ' }],
  ['merchant_ref_placeholder', { merchant_ref: '\\N' }],
  ['merchant_ref_placeholder', { merchant_ref: '#REF!' }],
  ['merchant_ref_excel_damage', { merchant_ref: '1.00E+11' }],
  ['merchant_ref_excel_damage', { merchant_ref: '1,23457E+17' }],
  ['merchant_ref_too_long', { merchant_ref: 'x'.repeat(256) }],
  ['merchant_ref_too_long', { merchant_ref: wave.repeat(256) }],
  ['merchant_ref_duplicate', {}, { isDuplicateRef: () => true }],
  ['merchant_ref_control_character', { merchant_ref: 'a\nb' }],
  ['merchant_ref_control_character', { merchant_ref: 'a\u2028b' }],
  ['merchant_ref_card_number', { merchant_ref: '4111111111111111' }],
  ['merchant_ref_card_number', { merchant_ref: 'card 4111-1111-1111-1111!' }],
  ['merchant_ref_card_number', { merchant_ref: '5555 5555 5555 4444' }],
  ['merchant_ref_card_number', { merchant_ref: '５５５５５５５５５５５５４４４４' }],
  ['card_number_missing', { card_number: '' }],
  ['card_number_excel_damage', { card_number: '4.11E+15' }],
  ['card_number_decimal', { card_number: '4111111111111111.0' }],
  ['card_number_decimal', { card_number: '4.111111111111111e+15' }],
  ['card_number_text_mark', { card_number: "'4111111111111111" }],
  ['card_number_text_mark', { card_number: '="4111111111111111"' }],
  ['card_number_odd_characters', { card_number: '4111111111111111\u200b' }],
  ['card_number_odd_characters', { card_number: '4111\u30001111\u30001111\u30001111' }],
  ['card_number_not_digits', { card_number: '4111x' }],
  ['card_number_leading_zero', { card_number: '0378282246310005' }],
  ['card_number_leading_zero', { card_number: '0004111111111111111' }],
  ['card_number_leading_zero', { card_number: '00004111111111111111' }],
  ['card_number_too_short', { card_number: '4111' }],
  ['card_number_too_short', { card_number: '0' }],
  ['card_number_too_long', { card_number: '6759560045005727054' }],
  ['card_number_length', { card_number: '41111111111111' }],
  ['card_number_checksum', { card_number: '4111111111111112' }],
  ['card_number_test_card', {}, { isLive: true }],
  ['expiry_missing', { expiry: '' }],
  ['expiry_format', { expiry: '129' }],
  ['expiry_decimal', { expiry: '1229.0' }],
  ['expiry_month_range', { expiry: '13/29' }],
  ['expiry_year_range', { expiry: '12/2099' }],
  ['card_expired', { expiry: '10/26' }],
  ['cardholder_name_too_long', { cardholder_name: 'x'.repeat(256) }],
  ['amount_missing', { amount: '' }],
  ['amount_format', { amount: '1,000' }],
  ['amount_decimals', { amount: '1.000' }],
  ['amount_decimals', { amount: '1000.0' }],
  ['amount_decimals', { amount: '12.500', currency: 'EUR' }],
  ['amount_decimals', { amount: '10.0001', currency: 'KWD' }],
  ['amount_decimals', { amount: '' }, { defaultAmount: '10.50' }],
  ['currency_missing', { currency: '' }],
  ['currency_format', { currency: 'jpy' }],
  ['currency_unknown', { currency: 'XXQ' }],
  ['currency_unknown', { currency: 'XXX' }],
  ['customer_ip_format', { customer_ip: '1.2.3' }],
  ['time_zone_too_long', { time_zone: 'x'.repeat(129) }],
  ['country_format', { billing_country: 'Japan' }],
  ['country_format', { shipping_country: 'jp' }],
  ['country_unknown', { billing_country: 'UK' }],
  ['country_unknown', { shipping_country: 'XX' }],
  ['email_too_long', { billing_email: 'x'.repeat(46) }],
  ['phone_number_too_long', { shipping_phone_number: '1'.repeat(21) }],
  ['address1_too_long', { billing_address1: 'x'.repeat(200) }],
  ['city_too_long', { billing_city: 'x'.repeat(66) }],
  ['state_too_long', { billing_state: 'x'.repeat(66) }],
  ['postal_code_too_long', { billing_postal_code: 'x'.repeat(46) }],
  ['placeholder_value', { cardholder_name: '\\N' }],
  ['placeholder_value', { cardholder_name: 'NULL' }],
  ['placeholder_value', { billing_city: '#N/A' }],
  ['misplaced_card_number', { cardholder_name: '4111111111111111' }],
  ['misplaced_card_number', { cardholder_name: 'Visa 5555 5555 5555 4444' }],
  ['misplaced_card_number', { billing_address1: 'card 4111-1111-1111-1111' }],
  ['misplaced_card_number', { shipping_postal_code: '４１１１１１１１１１１１１１１１' }],
  ['misplaced_card_number', { billing_phone_number: '5555555555554444' }],
  ['control_character', { billing_address1: 'first line\nsecond line' }],
  ['control_character', { cardholder_name: 'TARO\u0007' }],
];

for (const [index, [errorCode, cells, rules]] of badRows.entries()) {
  test(`a row is rejected with ${errorCode} and nothing else (case ${index + 1})`, () => {
    const row = validate(cells, rules);
    assert.equal(row.kind, 'rejected');
    assert.deepEqual(row.kind === 'rejected' && row.errorCodes, [errorCode]);
    assert.deepEqual([row.row, row.line], [7, 9]);
  });
}

test('amounts with the decimals of their currency, and countries and numbers of their kind, pass', () => {
  for (const cells of [
    { amount: '1.000', currency: 'KWD' },
    { amount: '10.5', currency: 'USD' },
    { amount: '1000', currency: 'JPY' },
    { billing_country: 'GB', shipping_country: 'XK' },
    // Fourteen digits that pass the Luhn check and begin like a UnionPay number.
    { billing_phone_number: '+62 81234567890 1' },
    { billing_address1: 'PO Box 1234, Suite 5678, 90123' },
    { cardholder_name: 'Null' },
  ]) {
    assert.equal(validate(cells).kind, 'sendable', JSON.stringify(cells));
  }
});

test('every rejection of the catalogue has a case above', () => {
  // A changed card is found by comparison with earlier results, not by the row alone:
  // skip-decision.test.ts.
  const seen = new Set<string>([
    ...badRows.map(([errorCode]) => errorCode),
    'row_empty',
    'row_column_count',
    'card_changed',
    // Only a mapping passes columns through: reading-options.test.ts.
    'passed_value',
  ]);
  const rejections = Object.entries(rowErrorCodes).filter(([, { outcome }]) => outcome === 'rejected');
  assert.deepEqual(
    rejections.map(([errorCode]) => errorCode).filter((errorCode) => !seen.has(errorCode)),
    [],
  );
});

test('a row with the wrong number of cells keeps none of them, since any may be shifted', () => {
  for (const cells of [['a', '4111111111111111'], new Array(columns.length + 1).fill('4111111111111111')]) {
    const row = validateRow(cells, { row: 1, line: 2 }, createRules());
    assert.deepEqual(row, {
      kind: 'rejected',
      row: 1,
      line: 2,
      merchantRef: '',
      errorCodes: ['row_column_count'],
      maskedCard: '',
      amount: '',
      currency: '',
      scheme: '',
    });
  }
});

test('a row of empty cells is row_empty, whatever their number', () => {
  for (const count of [2, columns.length]) {
    const row = validateRow(new Array(count).fill(' '), { row: 1, line: 2 }, createRules());
    assert.deepEqual(row.kind === 'rejected' && row.errorCodes, ['row_empty']);
  }
});

test('all errors of a row are collected in the order of the catalogue, each once', () => {
  const row = validate({
    merchant_ref: '',
    card_number: '4111',
    expiry: '',
    amount: '0',
    currency: '',
    billing_country: 'x',
    shipping_country: 'y',
    customer_ip: 'z',
  });
  assert.deepEqual(row.kind === 'rejected' && row.errorCodes, [
    'merchant_ref_missing',
    'card_number_too_short',
    'expiry_missing',
    'amount_format',
    'currency_missing',
    'customer_ip_format',
    'country_format',
  ]);
});

test("a reference that contains the row's own number is refused even if the number is invalid", () => {
  const row = validate({ merchant_ref: 'x4111111111111112', card_number: '4111111111111112' });
  assert.equal(row.merchantRef, '');
  assert.deepEqual(row.kind === 'rejected' && row.errorCodes, [
    'merchant_ref_card_number',
    'card_number_checksum',
  ]);
});

test('a rejected row contains no card number, even if the cells are shifted by one', () => {
  const row = validate({
    merchant_ref: '4111 1111 1111 1111',
    card_number: '4111111111111111',
    amount: '4111111111111111',
    currency: '4111111111111111',
  });
  assert.equal(JSON.stringify(row).replace(/[ -]/g, '').includes('4111111111111111'), false);
  assert.equal(row.kind === 'rejected' && row.maskedCard, '411111******1111');
});

test('a valid row keeps every cell unchanged and omits empty ones', () => {
  const row = validate({
    merchant_ref: ' =ref ',
    card_number: '4111-1111-1111-1111',
    expiry: '0129',
    cardholder_name: '山田 太郎',
    customer_ip: '::1',
    time_zone: 'Asia/Tokyo',
    billing_country: 'JP',
    shipping_city: ' Shinjuku ',
  });
  assert.deepEqual(row, {
    kind: 'sendable',
    row: 7,
    line: 9,
    merchantRef: ' =ref ',
    cardNumber: '4111111111111111',
    expiryMonth: '01',
    expiryYear: '2029',
    cardholderName: '山田 太郎',
    amount: '1000',
    currency: 'JPY',
    customerIp: '::1',
    timeZone: 'Asia/Tokyo',
    billing: { country: 'JP' },
    shipping: { city: ' Shinjuku ' },
    scheme: 'visa',
  });
});

test('without address cells, billing is empty and shipping absent', () => {
  const row = validate({});
  assert.deepEqual(row.kind === 'sendable' && [row.billing, 'shipping' in row], [{}, false]);
});

test('lengths count characters, not UTF-16 code units', () => {
  assert.equal(validate({ merchant_ref: wave.repeat(255), billing_email: wave.repeat(45) }).kind, 'sendable');
});

test("the batch's amount and currency fill empty cells and leave the others unchanged", () => {
  const rules = { defaultAmount: '5', defaultCurrency: 'EUR' };
  const filled = validate({ amount: '', currency: '' }, rules);
  const given = validate({}, rules);
  assert.deepEqual(
    [filled.amount, filled.currency, given.amount, given.currency],
    ['5', 'EUR', '1000', 'JPY'],
  );
});

test('expiry in two columns reads like expiry in one', () => {
  const parts: CanonicalColumn[] = [
    'merchant_ref',
    'card_number',
    'expiry_month',
    'expiry_year',
    'amount',
    'currency',
  ];
  const rules = createRules({ layout: createColumnLayout(parts) });
  const row = validateRow(['a', '4111111111111111', '1', '29', '1', 'JPY'], { row: 1, line: 2 }, rules);
  assert.deepEqual(row.kind === 'sendable' && [row.expiryMonth, row.expiryYear], ['01', '2029']);
});
