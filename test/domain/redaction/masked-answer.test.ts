import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskAnswer } from '../../../src/domain/redaction/masked-answer.ts';
import { cardSpellings } from '../../support/card-spellings.ts';

const card = '4000000000001091';

test('an answer keeps its words, and every run of four or more digits is masked', () => {
  assert.equal(
    maskAnswer('{"id":"pm_a1b2","ref":74811,"at":"2024-11-25","code":"INFO0000","n":12}', card),
    '{"id":"pm_a1b2","ref":*****,"at":"****-**-**","code":"INFO****","n":12}',
  );
});

test('terminal control characters are shown as a dot', () => {
  assert.equal(maskAnswer('a\u001b[31mb\u200bc\r\n\td', undefined), 'a·[31mb·c·\n\td');
});

for (const [name, spell] of Object.entries(cardSpellings)) {
  const spelled = spell(card);
  test(`the card spelled as ${name} cannot be read from the masked answer`, () => {
    const masked = maskAnswer(`{"message":"${spelled}"}`, card);
    assert.ok(!masked.includes(spelled), masked);
    assert.ok(!masked.replace(/\D/g, '').includes(card.slice(6, 12)), masked);
  });
}

test('no text leaves an unmasked run of more than three ASCII digits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, number) => {
      assert.doesNotMatch(maskAnswer(`${text}${number}${text}`, card), /\d{4}/);
    }),
  );
});
