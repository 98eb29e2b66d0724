import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdsCardNumber } from '../../src/domain/merchant-ref.ts';
import { cardSpellings } from '../support/card-spellings.ts';

const own = '4111111111111111';
const other = '5555555555554444';

for (const [name, spell] of Object.entries(cardSpellings)) {
  test(`a reference is refused if it contains the row's card number written with ${name}`, () => {
    assert.ok(holdsCardNumber(spell(own), own));
    assert.ok(holdsCardNumber(`customer ${spell(own)} Smith`, own));
  });

  test(`a reference is refused if it is a card number written with ${name}`, () => {
    // A word in front makes it another text, which is allowed for a number other than the row's.
    const isGlued = name.includes('behind') || name.includes('longer text');
    if (!isGlued) assert.ok(holdsCardNumber(spell(other), own), spell(other));
    if (!isGlued) assert.ok(holdsCardNumber(spell(other), ''), spell(other));
  });
}

for (const separator of ['/', ',', ':', '|', '+', '\u00a0', '\u3000', '\u2010', '\u2013', '#', '*', 'a']) {
  test(`a reference is refused if it has ${JSON.stringify(separator)} between the groups of the card number`, () => {
    assert.ok(holdsCardNumber((own.match(/.{4}/g) ?? []).join(separator), own));
  });
}

test('ordinary references are accepted', () => {
  for (const ref of [
    'customer-1',
    'ORDER-2026-01-30-000123',
    '550e8400-e29b-41d4-a716-446655440000',
    '4f50e840-e29b-41d4-a716-446655440004',
    '0000000000000001',
    '2026013012345678',
    'user@example.com',
    'cus_NffrFeUfNV2Hib',
    'Straße 12, Köln',
    '山田太郎-42',
    '4111111111111112',
    'card 5555',
  ]) {
    assert.ok(!holdsCardNumber(ref, own), ref);
  }
});

test('random references are accepted', () => {
  const ref = fc.oneof(fc.uuid(), fc.base64String({ maxLength: 40 }), fc.string({ maxLength: 20 }));
  fc.assert(
    fc.property(ref, (text) => assert.ok(!holdsCardNumber(`r${text}`, '5123456789012346'))),
    { numRuns: 2_000 },
  );
});
