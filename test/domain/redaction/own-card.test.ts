import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdsCardAcross, sharesDigits } from '../../../src/domain/redaction/own-card.ts';
import { cardSpellings } from '../../support/card-spellings.ts';

const cards = ['4000000000001091', '4111111111111111', '5555555555554444', '378282246310005'];

for (const [name, spell] of Object.entries(cardSpellings)) {
  test(`the card itself is found in a text and in an id when written with ${name}`, () => {
    for (const card of cards) {
      assert.ok(sharesDigits(`see ${spell(card)} there`, card, 'text'), spell(card));
      assert.ok(sharesDigits(spell(card), card, 'id'), spell(card));
    }
  });
}

test('a text may show what a mask shows, and no more', () => {
  const card = '5123456789012346';
  for (const text of ['512345******2346', '512345', '2346', 'HTTP 401 for 5123', 'code 6789', '']) {
    assert.ok(!sharesDigits(text, card, 'text'), text);
  }
  for (const text of ['5123456', '512345/6', '012346', '9012346', '78901', '7 8 9 0 1', '10987', '6432109']) {
    const isShown = text === '012346';
    assert.equal(sharesDigits(text, card, 'text'), !isShown, text);
  }
});

test('for a card of 12 or 13 digits a text may show only the last four', () => {
  assert.ok(sharesDigits('67596', '675964982643', 'text'));
  assert.ok(!sharesDigits('2643', '675964982643', 'text'));
});

test('an id is refused for nine digits of the card, but not for fewer or for a counter', () => {
  const card = '5123456789012346';
  assert.ok(sharesDigits('pm_512345678', card, 'id'));
  assert.ok(sharesDigits('pm_876543215', card, 'id'));
  assert.ok(!sharesDigits('pm_51234567', card, 'id'));
  for (const id of ['pm_000000001', 'pm-000000000001', 'tx_100000000000', 'pm_111111111']) {
    for (const testCard of cards) assert.ok(!sharesDigits(id, testCard, 'id'), id);
  }
});

test('an id of random characters is kept', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.base64String({ minLength: 20, maxLength: 200 }), (uuid, base64) => {
      assert.ok(!sharesDigits(uuid, '5123456789012346', 'id'));
      assert.ok(!sharesDigits(base64, '5123456789012346', 'id'));
    }),
    { numRuns: 2_000 },
  );
});

test('a number split over fields is found in their order', () => {
  const card = '5123456789012346';
  assert.ok(holdsCardAcross(['ERR51234', 'text', 'c56789012346'], card));
  assert.ok(holdsCardAcross(['51234567', '89012346'], card));
  assert.ok(holdsCardAcross(['64321098', '76543215'], card));
  assert.ok(!holdsCardAcross(['51234567', '89012345'], card));
  assert.ok(!holdsCardAcross(['51234567', '89012346'], ''));
});
