import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scrubDigitRuns, scrubText } from '../../src/domain/scrub.ts';

for (const [shape, text] of [
  ['plain digits', '4111111111111111'],
  ['blanks', '4111 1111 1111 1111'],
  ['dashes', '4111-1111-1111-1111'],
  ['dots', '4111.1111.1111.1111'],
  ['underscores', '4111_1111_1111_1111'],
  ['two blanks', '4111  1111  1111  1111'],
  ['a dash between blanks', '4111 - 1111 - 1111 - 1111'],
  ['blanks that do not break', '4111\u00a01111\u00a01111\u00a01111'],
  ['typographic dashes', '4111\u20131111\u20131111\u20131111'],
  ['invisible characters', '4111\u200b1111\u200b1111\u200b1111'],
  ['a blank beside an invisible character', '4111 \u200b1111 \u200b1111 \u200b1111'],
  ['line breaks', '4111\r\n1111\r\n1111\r\n1111'],
  ['full-width digits', '４１１１１１１１１１１１１１１１'],
  ['quotes around its pieces', '4111","1111","1111","1111'],
  ['escaped quotes around its pieces', '4111\\", \\"1111\\", \\"1111\\", \\"1111'],
  ['pieces that are added', "4111' + '1111' + '1111' + '1111"],
  ['fifteen digits', '378282246310005'],
  ['nineteen digits', '6759560045005727054'],
  ['a longer run around it', '00041111111111111110009999'],
  ['letters right before and after', 'card4111111111111111x'],
] as const) {
  test(`a card number written with ${shape} does not survive scrubbing`, () => {
    const clean = scrubText(`Card ${text} is blocked`);
    assert.doesNotMatch(clean, /\d\D{0,3}\d/u);
    assert.match(clean, /^Card.*\[digits removed\].*is blocked$/);
    assert.doesNotMatch(scrubDigitRuns(`Card ${text} is blocked`), /\d\D{0,3}\d/u);
  });
}

for (const [what, between] of [
  ['zero-width spaces', '\u200b'.repeat(5)],
  ['soft hyphens', '\u00ad'.repeat(4)],
  ['control characters', '\u0000\u0001\u0002\u0003'],
  ['zero-width joiners around a line break', '\u200d\u200d\n\u200d\u200d'],
] as const) {
  test(`a digit run completed only when the ${what} inside it became one blank does not survive`, () => {
    const clean = scrubText(`Number 20260101${between}20270202 is unknown`);
    assert.equal(clean, 'Number [digits removed] is unknown');
  });
}

test('two card numbers in one text do not survive', () => {
  assert.equal(
    scrubText('{"number":"4111111111111111","old":"5555 5555 5555 4444"}'),
    '{"number":"[digits removed]","old":"[digits removed]"}',
  );
});

test('short numbers, dates and amounts stay unchanged', () => {
  for (const text of [
    'HTTP 503, code 1234567, 2039-12-31',
    'call +81 3 1234 567',
    '12,345,678 yen, 10.50',
    'ERR3008 (-8008)',
    '{"code":"1234567","until":"20391231"}',
  ]) {
    assert.equal(scrubText(text), text);
  }
});

test('a foreign text becomes one line without control characters, truncated to its length', () => {
  assert.equal(scrubText('  first\nsecond\tthird\u0000\u2028fourth '), 'first second third fourth');
  assert.equal(scrubText('abcdef', 4), 'abc…');
  assert.equal(scrubText('abcd', 4), 'abcd');
});

const piece = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 20 }),
  fc.constantFrom(
    ' ',
    '-',
    '.',
    '_',
    '\u200b',
    '\u00ad',
    '\n',
    '\t',
    'x',
    '…',
    '"',
    '\u00a0',
    '\u2013',
    '  ',
    // More invisible characters than separators within a number; they become one blank.
    '\u200b\u200b\u200b\u200b',
    '\u0000\u0001\u0002\u0003\u0004',
  ),
);

test('no 12 digits, consecutive or with a separator or two between, survive in any text', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), fc.integer({ min: 1, max: 300 }), (pieces, maxLength) => {
      const clean = scrubText(pieces.join(''), maxLength);
      assert.doesNotMatch(clean, /\d(?:[\s\-._\u00ad\u200b\u2013]{0,2}\d){11,}/u);
      assert.ok(clean.length <= maxLength);
      assert.doesNotMatch(scrubDigitRuns(pieces.join('')), /\d{12,}/);
    }),
    { numRuns: 3_000 },
  );
});

test('a card number with any separators inside any text does not survive', () => {
  const separator = fc.constantFrom('', ' ', '-', '.', '\u200b', '\u00a0', ' -', '\n');
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 12, maxLength: 19 });
  fc.assert(
    fc.property(
      fc.string(),
      digits,
      fc.array(separator, { minLength: 19, maxLength: 19 }),
      fc.string(),
      (before, card, separators, after) => {
        const hidden = [...card].map((digit, index) => `${digit}${separators[index]}`).join('');
        const clean = scrubText(`${before}<${hidden}>${after}`, 10_000);
        assert.ok(!clean.replace(/[^\d<>]/g, '').includes(`<${card}>`));
      },
    ),
  );
});
