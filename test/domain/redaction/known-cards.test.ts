import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKnownCards } from '../../../src/domain/redaction/known-cards.ts';
import { cardSpellings } from '../../support/card-spellings.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

const cards = ['4111111111111111', '378282246310005', '6759560045005727054'];

for (const [name, spell] of Object.entries(cardSpellings)) {
  test(`a known card is found when written with ${name}`, () => {
    const knownCards = createKnownCards(10);
    for (const card of cards) knownCards.add(card);
    for (const card of cards) {
      assert.ok(knownCards.holdsAny(`see ${spell(card)} there`), spell(card));
      assert.ok(knownCards.holdsAny(spell(card)), spell(card));
    }
    assert.ok(!knownCards.holdsAny(`see ${spell('5555555555554444')} there`));
  });
}

test('an unknown or incomplete number is not found', () => {
  const knownCards = createKnownCards(10);
  assert.ok(!knownCards.holdsAny('4111111111111111'));
  knownCards.add('4111111111111111');
  for (const text of ['411111111111111', '4111111111111112', 'pm_1a2b3c4d', '', 'HTTP 401']) {
    assert.ok(!knownCards.holdsAny(text), text);
  }
});

test('above the capacity the oldest number is removed; a number added again stays', () => {
  const knownCards = createKnownCards(3);
  const [first, second, third, fourth] = [1, 2, 3, 4].map((index) => `400000000000000${index}`);
  for (const card of [first, second, first, third]) knownCards.add(card ?? '');
  assert.deepEqual(
    [first, second, third].map((card) => knownCards.holdsAny(card ?? '')),
    [true, true, true],
  );
  knownCards.add(fourth ?? '');
  assert.deepEqual(
    [first, second, third, fourth].map((card) => knownCards.holdsAny(card ?? '')),
    [true, false, true, true],
  );
});

test('the set contains exactly the last numbers of any sequence', () => {
  const card = fc.integer({ min: 0, max: 9 }).map((index) => `41111111111111${index}${index}`);
  fc.assert(
    fc.property(fc.array(card, { maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (sequence, capacity) => {
      const knownCards = createKnownCards(capacity);
      for (const number of sequence) knownCards.add(number);
      for (let index = 0; index < 10; index += 1) {
        const number = `41111111111111${index}${index}`;
        assert.equal(knownCards.holdsAny(`<${number}>`), sequence.slice(-capacity).includes(number));
      }
    }),
  );
});

test('texts are looked up among 50,000 known cards, not compared with each', () => {
  const knownCards = createKnownCards(50_000);
  for (let index = 0; index < 100_000; index += 1) {
    knownCards.add(`4${String(index * 7_919).padStart(15, '0')}`);
  }
  const texts = [
    'pm_0197c0de-4f11-7111-8111-0123456789ab',
    'tx_2026013005345678901234567890',
    'INFO0000',
    'Transaction approved, thank you',
    'abcdefghijkl-p1-r17-n1',
    'ECMC-SSL',
    '2026-01-30T05:34:56.789Z',
    'Do not honor: call the issuer at 03-1234-5678',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijklmnop',
    'JPY',
    '100',
    'https://gateway.example/receipts/8f14e45fceea167a5a36dedd4bea2543',
  ];
  const cpuMs = cpuMsOf(() => {
    for (let answer = 0; answer < 1_000; answer += 1) {
      for (const text of texts) assert.ok(!knownCards.holdsAny(`${text}${answer}`));
    }
  });
  // Pairwise comparison would take 600 million steps.
  assert.ok(cpuMs < 5_000, `${cpuMs} ms`);
});
