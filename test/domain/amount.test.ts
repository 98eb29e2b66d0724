import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addAmounts, createAmountSum, isAmount } from '../../src/domain/amount.ts';

for (const text of ['1', '1000', '10.50', '0.0001', '999999999999', '999999999999.9999']) {
  test(`"${text}" is an amount`, () => assert.equal(isAmount(text), true));
}

for (const text of [
  '',
  '0',
  '0.00',
  '-1',
  '+1',
  '1,000',
  '1 000',
  ' 1',
  '1 ',
  '1.',
  '.5',
  '1.00000',
  '1e3',
  '0100',
  '00',
  '1000000000000',
  '１',
  '¥100',
  'NaN',
]) {
  test(`"${text}" is not an amount`, () => assert.equal(isAmount(text), false));
}

test('a sum of cents that floats get wrong is exact', () => {
  assert.equal(addAmounts('0.1', '0.2'), '0.3');
  assert.equal(addAmounts('999999999999.99', '0.01'), '1000000000000.00');
});

test('a sum shows as many decimals as its longest amount, and 0 when nothing was added', () => {
  assert.equal(addAmounts(), '0');
  assert.equal(addAmounts('1', '2.50'), '3.50');
  assert.equal(addAmounts('1000', '1000'), '2000');
});

for (const amounts of [
  ['1.5', '2.25', '3'],
  ['2.25', '3', '1.5'],
  ['3', '1.5', '2.25'],
]) {
  test(`a sum shows two decimals for ${amounts.join(' + ')}, wherever the longest amount is`, () => {
    assert.equal(addAmounts(...amounts), '6.75');
  });
}

test('a text that is not an amount is refused without being quoted', () => {
  assert.throws(
    () => createAmountSum().add('4111111111111111'),
    (error: Error) => {
      return error instanceof RangeError && !/\d/.test(error.message);
    },
  );
});

test('any amounts with any decimals sum to the sum of their ten-thousandths, with the decimals of the longest', () => {
  const amount = fc
    .record({
      decimals: fc.integer({ min: 0, max: 4 }),
      units: fc.bigInt({ min: 1n, max: 999_999_999_999n }),
    })
    .map(({ decimals, units }) => ({
      decimals,
      tenThousandths: units * 10n ** BigInt(4 - decimals),
      text: asDecimal(units, decimals),
    }));
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1 }), (amounts) => {
      const total = amounts.reduce((sum, { tenThousandths }) => sum + tenThousandths, 0n);
      const decimals = Math.max(...amounts.map((one) => one.decimals));
      assert.equal(
        addAmounts(...amounts.map(({ text }) => text)),
        asDecimal(total / 10n ** BigInt(4 - decimals), decimals),
      );
    }),
  );
});

/** A number of units of the last decimal, as a decimal string. */
function asDecimal(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
