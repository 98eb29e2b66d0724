import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brandOf, isLuhnValid, maskCardNumber } from '../../src/domain/card.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';

/*
 * The limits of each brand's prefixes, from the networks' table. Digits after the prefix do not
 * matter here.
 */
const brandsByPrefix: Readonly<Record<string, string>> = {
  visa: '4 40 4999',
  mastercard: '51 55 2221 2300 2719 2720',
  amex: '34 37',
  diners: '300 305 36 38 39',
  discover: '6011 644 649 65',
  jcb: '3528 3589 2131 1800',
  unionpay: '62 81',
  maestro: '50 56 57 58 59 63 67',
};

for (const [brand, prefixes] of Object.entries(brandsByPrefix)) {
  test(`a number of each of its prefixes is ${brand}`, () => {
    for (const prefix of prefixes.split(' ')) {
      assert.equal(brandOf(prefix.padEnd(16, '0'))?.name, brand, prefix);
    }
  });
}

test('a number just outside every prefix has no brand', () => {
  for (const prefix of '2220 2721 33 3527 359 306 6010 6012 643 60 61 64 66 1799 1801 2130 2132 80 82 0 9'.split(
    ' ',
  )) {
    assert.equal(brandOf(prefix.padEnd(16, '0')), undefined, prefix);
  }
});

test('each brand has the lengths of its network, and only UnionPay may fail Luhn', () => {
  const lengths: Readonly<Record<string, readonly number[]>> = {
    4: [16, 18, 19],
    51: [16],
    34: [15],
    36: [14, 16, 19],
    65: [16, 19],
    3528: [16, 17, 18, 19],
    62: [14, 15, 16, 17, 18, 19],
    50: [12, 13, 14, 15, 16, 17, 18, 19],
  };
  for (const [prefix, expected] of Object.entries(lengths)) {
    const brand = brandOf(prefix.padEnd(16, '0'));
    assert.deepEqual(brand?.lengths, expected, prefix);
    assert.equal(brand?.isLuhnOptional === true, brand?.name === 'unionpay');
  }
});

test('the well-known test cards pass the Luhn check', () => {
  for (const card of '4000000000001091 4111111111111111 5555555555554444 378282246310005 3566111111111113 6011111111111117 2222420000001113 5200000000001005 6759560045005727054 8171999900000000021'.split(
    ' ',
  )) {
    assert.ok(isLuhnValid(card), `...${card.slice(-4)}`);
  }
});

test('one digit changed in a card number fails the Luhn check', () => {
  fc.assert(
    fc.property(fc.nat(9_999_999), fc.nat(15), fc.integer({ min: 1, max: 9 }), (index, place, by) => {
      const card = generatedCardNumber(index);
      assert.ok(isLuhnValid(card));
      const digit = (Number(card[place]) + by) % 10;
      assert.ok(!isLuhnValid(`${card.slice(0, place)}${digit}${card.slice(place + 1)}`));
    }),
  );
});

test('a mask shows the first six and the last four; of 12 and 13 digits only the last four', () => {
  assert.equal(maskCardNumber('4111111111111111'), '411111******1111');
  assert.equal(maskCardNumber('378282246310005'), '378282******0005');
  assert.equal(maskCardNumber('36123456789010'), '361234******9010');
  assert.equal(maskCardNumber('5012345678901'), '******8901');
  assert.equal(maskCardNumber('501234567890'), '******7890');
});

test('a mask stays as it is when it is masked again, and there is no mask without a number', () => {
  for (const mask of ['411111******1111', '******8901', '']) assert.equal(maskCardNumber(mask), mask);
});

test('a mask never shows more than the first six and the last four of any number', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 12, maxLength: 19 });
  fc.assert(
    fc.property(digits, (card) => {
      const mask = maskCardNumber(card);
      const shown = /^(\d{0,6})\*{6}(\d{4})$/.exec(mask);
      assert.ok(shown !== null);
      assert.ok(card.startsWith(shown[1] ?? 'x') && card.endsWith(shown[2] ?? 'x'));
      assert.ok(card.length - mask.replaceAll('*', '').length >= 4);
    }),
  );
});
