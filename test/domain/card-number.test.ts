import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCardNumber } from '../../src/domain/card-number.ts';
import { limits } from '../support/payment-options.ts';

for (const [cell, cardNumber, scheme] of [
  ['4111111111111111', '4111111111111111', 'visa'],
  ['4111 1111 1111 1111', '4111111111111111', 'visa'],
  ['4111-1111-1111-1111', '4111111111111111', 'visa'],
  ['3782 822463 10005', '378282246310005', 'amex'],
  [' 4111111111111111  ', '4111111111111111', 'visa'],
  ['2222420000001113', '2222420000001113', 'mastercard'],
  ['3566111111111113', '3566111111111113', 'jcb'],
  ['6011111111111117', '6011111111111117', 'discover'],
  // UnionPay with a wrong check digit, and with one trailing zero that may be valid.
  ['6200000000000000', '6200000000000000', 'unionpay'],
  ['6200000000000001', '6200000000000001', 'unionpay'],
  ['9000000000000001', '9000000000000001', 'unknown'],
] as const) {
  test(`a card_number cell "${cell}" is accepted as ${scheme}`, () => {
    const reading = parseCardNumber(cell, limits.maxCardNumberDigits);
    if (scheme === 'unknown') assert.equal(reading.scheme, 'unknown');
    else assert.deepEqual(reading, { cardNumber, scheme });
  });
}

for (const [cell, errorCode] of [
  ['', 'card_number_missing'],
  ['   ', 'card_number_missing'],
  ['4.11E+15', 'card_number_excel_damage'],
  ['4,11111E+15', 'card_number_excel_damage'],
  ['4e15', 'card_number_excel_damage'],
  ['4111111111111111.0', 'card_number_decimal'],
  ['4.111111111111111e+15', 'card_number_decimal'],
  ['3.78282246310005E+14', 'card_number_decimal'],
  ['4.11111111111111E+15', 'card_number_excel_damage'],
  ['4111111111111110', 'card_number_excel_damage'],
  ['4111111111111110000', 'card_number_excel_damage'],
  ['4111  1111 1111 1111', 'card_number_not_digits'],
  ['4111--1111-1111-1111', 'card_number_not_digits'],
  ['-4111111111111111', 'card_number_not_digits'],
  ['4111111111111111-', 'card_number_not_digits'],
  ["'4111111111111111", 'card_number_text_mark'],
  ['="4111111111111111"', 'card_number_text_mark'],
  ['"4111111111111111"', 'card_number_text_mark'],
  ['4111\u00a01111\u00a01111\u00a01111', 'card_number_odd_characters'],
  ['4111\u30001111\u30001111\u30001111', 'card_number_odd_characters'],
  ['4111111111111111\u200b', 'card_number_odd_characters'],
  ['4111–1111–1111–1111', 'card_number_odd_characters'],
  ['４１１１１１１１１１１１１１１１', 'card_number_odd_characters'],
  ['411111******1111', 'card_number_not_digits'],
  ['41111111111', 'card_number_too_short'],
  ['6759560045005727054', 'card_number_too_long'],
  ['8171999900000000021', 'card_number_too_long'],
  ['41111111111111111111', 'card_number_too_long'],
  ['411111111111111', 'card_number_length'],
  ['4111111111111112', 'card_number_checksum'],
  ['378282246310006', 'card_number_checksum'],
] as const) {
  test(`a card_number cell "${cell}" is rejected with ${errorCode}`, () => {
    assert.equal(parseCardNumber(cell, limits.maxCardNumberDigits).errorCode, errorCode);
  });
}

test('a rejected number of 12 to 19 digits is kept for its mask, any other text is not', () => {
  assert.equal(
    parseCardNumber('4111 1111 1111 1112', limits.maxCardNumberDigits).cardNumber,
    '4111111111111112',
  );
  assert.equal(parseCardNumber('4.11E+15', limits.maxCardNumberDigits).cardNumber, '');
  assert.equal(parseCardNumber('41111111111111111111', limits.maxCardNumberDigits).cardNumber, '');
});

test('a Visa number with one changed digit is never accepted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 9 }), (place, step) => {
      const digits = [...'4111111111111111'];
      digits[place] = String((Number(digits[place]) + step) % 10);
      const { errorCode } = parseCardNumber(digits.join(''), limits.maxCardNumberDigits);
      assert.equal(errorCode === 'card_number_checksum' || errorCode === 'card_number_excel_damage', true);
    }),
  );
});

test('a gateway that accepts 19 digits gets longer numbers, but none that a spreadsheet cut', () => {
  assert.deepEqual(parseCardNumber('6759560045005727054', 19), {
    cardNumber: '6759560045005727054',
    scheme: 'maestro',
  });
  assert.equal(parseCardNumber('6759560045005727050', 19).errorCode, 'card_number_checksum');
  assert.equal(parseCardNumber('41111111111111111111', 19).errorCode, 'card_number_too_long');
  // UnionPay may fail the Luhn check, but not with several zeros at the end.
  assert.equal(parseCardNumber('6200000000000001234', 19).errorCode, undefined);
  assert.equal(parseCardNumber('6212345678901230000', 19).errorCode, 'card_number_excel_damage');
});
