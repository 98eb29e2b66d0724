import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { looksLikeCardNumber } from '../../../src/domain/redaction/card-like-numbers.ts';
import { sharesDigits } from '../../../src/domain/redaction/own-card.ts';
import { scrubDigitRuns, scrubText } from '../../../src/domain/scrub.ts';
import { cardSpellings } from '../../support/card-spellings.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

const cards = [
  '4111111111111111',
  '5555555555554444',
  '378282246310005',
  '4000000000001091',
  '3566111111111113',
  '6011111111111117',
];

for (const [name, spell] of Object.entries(cardSpellings)) {
  test(`a card number written with ${name} is removed from any text, and nothing else is`, () => {
    for (const card of cards) {
      const text = `Card ${spell(card)} is blocked`;
      const clean = scrubText(text, 500);
      // The end of a broken word is uncertain.
      const expected = name.includes('two lines')
        ? /\[digits removed\]/
        : /^Card.*\[digits removed\].*is blocked$/;
      assert.match(clean, expected, text);
      assert.ok(!sharesDigits(clean, card, 'text'), `${text} -> ${clean}`);
      assert.ok(looksLikeCardNumber(text));
    }
  });
}

const groupSizes = fc.constantFrom([4, 4, 4, 4], [6, 10], [1, 15], [8, 8], [2, 2, 2, 2, 2, 2, 2, 2], [16]);
const separator = fc
  .string({ unit: 'grapheme', maxLength: 4 })
  .filter((text) => !/\p{N}/u.test(text) && text.length <= 4);

test('a card number in groups with any short separators does not survive', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...cards.filter(({ length }) => length === 16)),
      groupSizes,
      fc.array(separator, { minLength: 8, maxLength: 8 }),
      (card, sizes, separators) => {
        let rest = card;
        const groups = sizes.map((size) => {
          const part = rest.slice(0, size);
          rest = rest.slice(size);
          return part;
        });
        const text = groups.map((part, index) => `${index === 0 ? '' : separators[index]}${part}`).join('');
        const clean = scrubDigitRuns(`<${text}>`);
        assert.ok(clean.replace(/\D/g, '').length < 8, `${text} -> ${clean}`);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a text without digits stays unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'abc XYZ,.-_/=%&;:#äß漢字\u0301') }), (text) => {
      assert.equal(scrubDigitRuns(text), text);
    }),
    { numRuns: 2_000 },
  );
});

test('ordinary texts stay unchanged', () => {
  for (const text of [
    '2026-01-30T05:34:56.789Z 2026-01-30T05:34:56.789123Z 2026-01-30 05:34:56,789 +0900',
    'http://127.0.0.1:7233/api/v1/namespaces/default?page=12&size=500',
    'connect ECONNREFUSED 127.0.0.1:58231 after 60000 ms',
    'HTTP 401',
    'HTTP 503 after 30012 ms, Retry-After 120',
    '550e8400-e29b-41d4-a716-446655440000',
    '4f50e840-e29b-41d4-a716-446655440004',
    'run 0197c0de-4111-7111-8111-0123456789ab of cardlift/1234/cards-2026-01-30',
    'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'abcdefghijkl-p1-r17-n1',
    'abcdefghijkl-p2-r1234567-n13 and zyxwvutsrqpo-p1-r7654321-n2',
    'Rows 1 to 1000 of 250000, 12 failed, 3 unknown; shard 17 of 250, pass 2',
    'JPY 1,250,000.00 for 2,500 rows of 500.00',
    'ERR3009 (-8009): issuer code 05, try again after 24 h',
    'Card 411111******1111, expiry 12/2039',
    'at Object.<anonymous> (file:///srv/cardlift/src/starter.ts:114:27)',
    '第三者による決済が一度拒否されました。2026年1月30日 5時34分',
    'dXNlcjpwYXNzd29yZA== is no card',
  ]) {
    assert.equal(scrubText(text, 500), text);
    assert.ok(!looksLikeCardNumber(text), text);
  }
});

test('any uuid and digest stay unchanged', () => {
  const hexDigits = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
  fc.assert(
    fc.property(fc.uuid({ version: [1, 4, 7] }), hexDigits(64), (uuid, digest) => {
      // Twelve consecutive digits are removed even from a digest; a uuid has letters.
      fc.pre(!/\d{12}/.test(digest) && /[a-f].*[a-f].*[a-f]/.test(uuid));
      const text = `run ${uuid}, digest ${digest}, done`;
      assert.equal(scrubText(text, 500), text);
    }),
    { numRuns: 2_000 },
  );
});

for (const [name, text] of [
  ['single digits', '4 '.repeat(5_000)],
  ['digits only', '4111111111111112'.repeat(625)],
  ['groups with long separators', `4111${' and '.repeat(3)}`.repeat(500)],
  ['escapes of escapes', '%2525'.repeat(2_000)],
  ['entities without an end', '&#'.repeat(5_000)],
  ['backslashes', '\\u00'.repeat(2_500)],
  ['one base64 word', 'TkRFeE1URXhNVEV4TVRFeE1URXhNUT09'.repeat(312)],
  ['many base64 words', 'NDExMTExMTExMTExMTExMg== '.repeat(400)],
  ['hex', '3431'.repeat(2_500)],
  ['hex with blanks', '34 '.repeat(3_333)],
  ['quotes', '4"'.repeat(5_000)],
  ['combining marks', `4${'\u0301'.repeat(9_999)}`],
  ['dashes', '4-- '.repeat(2_500)],
  ['half a uuid, again and again', '550e8400-e29b-'.repeat(714)],
  ['years', '2026-01-30T05:34:56.'.repeat(500)],
] as const) {
  test(`scrubbing 10 kB of ${name} takes linear time`, () => {
    const cpuMs = cpuMsOf(() => scrubText(text));
    assert.ok(cpuMs < 5_000, `${cpuMs} ms`);
  });
}
