import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  cardTextRemoved,
  createAnswerRedactor,
  keyTextRemoved,
} from '../../../src/domain/redaction/answer-redactor.ts';
import { createKnownCards } from '../../../src/domain/redaction/known-cards.ts';
import { createSecretDetector } from '../../../src/domain/redaction/secret-detector.ts';
import { cardSpellings } from '../../support/card-spellings.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

const own = '4000000000001091';
const other = '5555555555554444';
const key = 'XAPIKEYSECRET123';

function openRedactor() {
  const knownCards = createKnownCards(100);
  knownCards.add(own);
  knownCards.add(other);
  return createAnswerRedactor({
    ownCardNumber: own,
    knownCards,
    holdsSecret: createSecretDetector([key]),
    holdsSecretInId: createSecretDetector([key]),
    removeKeys: (text) => text.replaceAll(key, '[key removed]'),
  });
}

for (const [name, spell] of Object.entries(cardSpellings)) {
  test(`neither the row's card nor another one passes when written with ${name}`, () => {
    const redactor = openRedactor();
    for (const card of [own, other]) {
      const text = redactor.text(`${name.replace(/\d/g, '')}: ${spell(card)} end`, 300);
      assert.ok(text === cardTextRemoved || text?.includes('[digits removed]'), text);
      assert.ok(!text?.includes(spell(card)));
      assert.equal(redactor.code(spell(card), 500), undefined);
      assert.equal(redactor.scheme(spell(card), 500), undefined);
      assert.ok(!redactor.isSafeId(spell(card)));
      assert.ok(!redactor.isSafeId(`pm-${spell(card)}`));
    }
  });
}

test('half a card removes the whole text', () => {
  const redactor = createAnswerRedactor({
    ownCardNumber: '5123456789012346',
    knownCards: createKnownCards(1),
    holdsSecret: () => false,
    holdsSecretInId: () => false,
    removeKeys: (text) => text,
  });
  assert.equal(redactor.text('starts with 5123/4567/89', 200), cardTextRemoved);
  assert.equal(redactor.text('hidden: 78901', 200), cardTextRemoved);
  assert.equal(redactor.text('512345******2346 is blocked', 200), '512345******2346 is blocked');
  assert.ok(redactor.holdsCardAcross(['51234567', '89012346']));
});

test('ordinary answers pass unchanged', () => {
  const redactor = openRedactor();
  for (const text of [
    'Do not honor',
    'Transaction 550e8400-e29b-41d4-a716-446655440000 declined at 2026-01-30T05:34:56.789Z',
    '承認されませんでした',
    'abcdefghijkl-p1-r17-n1 is known already',
  ]) {
    assert.equal(redactor.text(text, 200), text);
  }
  for (const code of ['INFO0000', 'ERR3009', 'ERR_TIMEOUT-12', 'A123456']) {
    assert.equal(redactor.code(code, 32), code);
  }
  for (const scheme of ['ECMC-SSL', 'VISA', 'JCB', 'Visa Electron', 'MASTERCARD_3', 'American Express']) {
    assert.equal(redactor.scheme(scheme), scheme);
  }
});

test('values without the form of a code or a scheme are dropped', () => {
  const redactor = openRedactor();
  for (const code of ['', '1234', 'ERR1234567', 'ERR 1', 'E<b>', 'ÄRR1', 'A'.repeat(33), key, undefined]) {
    assert.equal(redactor.code(code, 32), undefined, code);
  }
  for (const scheme of ['', '1VISA', 'VISA12', 'VISA\n', 'v'.repeat(33), 'カード', undefined]) {
    assert.equal(redactor.scheme(scheme), undefined, scheme);
  }
});

test('a text is truncated, and an empty one is undefined', () => {
  const redactor = openRedactor();
  assert.equal(redactor.text('abcdef', 4), 'abc…');
  assert.equal(redactor.text('  ', 4), undefined);
  assert.equal(redactor.text(undefined, 4), undefined);
});

test('a key is removed from a text; another spelling of it removes the text', () => {
  const redactor = openRedactor();
  assert.equal(redactor.text(`bad key ${key} given`, 200), 'bad key [key removed] given');
  assert.equal(redactor.text(`bad key ${[...key].join(' ')}`, 200), keyTextRemoved);
  assert.equal(redactor.text(`bad key ${Buffer.from(key).toString('base64')}`, 200), keyTextRemoved);
  assert.ok(!redactor.isSafeId(`pm_${key.toLowerCase()}`));
});

test('ids of every usual form are kept, including odd characters and lengths', () => {
  const redactor = openRedactor();
  for (const id of [
    'pm_0197c0de-4f11-7111-8111-0123456789ab',
    'pm_000000000001',
    '12345678901234567890',
    'pm 1',
    '=cmd(1)',
    'トークン-7',
    '"'.repeat(1_024),
    'p'.repeat(16_384),
  ]) {
    assert.ok(redactor.isSafeId(id), id.slice(0, 60));
  }
  for (const id of ['', ' pm', 'pm ', 'p\u200bm', 'p\nm', 'p\u2028m', '\u00a0pm', 'p'.repeat(16_385)]) {
    assert.ok(!redactor.isSafeId(id), JSON.stringify(id.slice(0, 60)));
  }
});

test('random ids are kept', () => {
  // Not a card of zeros, which the generator prefers.
  const redactor = createAnswerRedactor({
    ownCardNumber: '5123456789012346',
    knownCards: createKnownCards(1),
    holdsSecret: createSecretDetector([key]),
    holdsSecretInId: createSecretDetector([key]),
    removeKeys: (text) => text,
  });
  const id = fc.oneof(
    fc.uuid(),
    fc.base64String({ minLength: 8, maxLength: 64 }),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 8 }),
  );
  fc.assert(
    fc.property(id, (value) => assert.ok(redactor.isSafeId(`x${value}`))),
    { numRuns: 2_000 },
  );
});

test('checking an id of 16,384 characters takes linear time', () => {
  const redactor = openRedactor();
  for (const unit of ['4', 'NDEx', '34', '%25', '4 ', '&#52;', '٤']) {
    const cpuMs = cpuMsOf(() => redactor.isSafeId(unit.repeat(16_384 / unit.length)));
    assert.ok(cpuMs < 5_000, `${unit}: ${cpuMs} ms`);
  }
});
