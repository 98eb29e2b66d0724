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
  test(`"${text}" is no amount`, () => assert.equal(isAmount(text), false));
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

test('a text that is no amount is refused without being quoted', () => {
  assert.throws(
    () => createAmountSum().add('4111111111111111'),
    (error: Error) => {
      return error instanceof RangeError && !/\d/.test(error.message);
    },
  );
});

test('any amounts sum to what whole ten-thousandths sum to', () => {
  const tenThousandths = fc.bigInt({ min: 1n, max: 9_999_999_999_999_999n });
  const asDecimal = (value: bigint) => `${value / 10_000n}.${String(value % 10_000n).padStart(4, '0')}`;
  fc.assert(
    fc.property(fc.array(tenThousandths, { minLength: 1 }), (values) => {
      const total = values.reduce((sum, value) => sum + value, 0n);
      assert.equal(addAmounts(...values.map(asDecimal)), asDecimal(total));
    }),
  );
});
