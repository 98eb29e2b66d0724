import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isLuhnValid } from '../../src/domain/card.ts';
import {
  faultOfCard,
  generatedCardNumber,
  generatedCardsPerFault,
  isCardNumber,
  schemeOf,
} from '../../src/simulator/card-numbers.ts';
import { type FaultName, faultNames } from '../../src/simulator/faults.ts';

const index = fc.integer({ min: 0, max: generatedCardsPerFault - 1 });
const fault = fc.option(fc.constantFrom<FaultName>(...faultNames), { nil: undefined });

const wellKnown = [
  ['4000000000001091', 'VISA'],
  ['4111111111111111', 'VISA'],
  ['5555555555554444', 'MASTERCARD'],
  ['378282246310005', 'AMEX'],
  ['3566111111111113', 'JCB'],
  ['6011111111111117', 'DISCOVER'],
  ['2222420000001113', 'MASTERCARD'],
  ['5200000000001005', 'MASTERCARD'],
] as const;

test('A generated card has 16 digits, passes the Luhn check and encodes its fault, for any index', () => {
  fc.assert(
    fc.property(index, fault, (number, name) => {
      const card = generatedCardNumber(number, name);
      assert.match(card, /^400000\d{10}$/);
      assert.ok(isLuhnValid(card));
      assert.ok(isCardNumber(card));
      assert.equal(faultOfCard(card), name);
    }),
  );
});

test('Generated cards with different indexes or faults differ', () => {
  fc.assert(
    fc.property(index, fault, index, fault, (number, name, otherNumber, otherName) => {
      const isSame = number === otherNumber && name === otherName;
      assert.equal(generatedCardNumber(number, name) === generatedCardNumber(otherNumber, otherName), isSame);
    }),
  );
});

test('An index outside the range is refused, so that no card repeats', () => {
  for (const wrong of [-1, 1.5, generatedCardsPerFault, Number.NaN]) {
    assert.throws(() => generatedCardNumber(wrong), RangeError);
  }
});

for (const [card, scheme] of wellKnown) {
  test(`The well-known test card that begins with ${card.slice(0, 4)} has no fault and is ${scheme}`, () => {
    assert.equal(faultOfCard(card), undefined);
    assert.ok(isCardNumber(card));
    assert.equal(schemeOf(card), scheme);
  });
}

test('The sample card of the API is the generated one with index 109', () => {
  assert.equal(generatedCardNumber(109), '4000000000001091');
});

test('A text that is not a card number is refused for its digits, length or Luhn digit', () => {
  for (const wrong of ['', '4111111111111112', '4111 1111 1111 1111', '41111111111', '4.11E+15']) {
    assert.equal(isCardNumber(wrong), false);
  }
});
