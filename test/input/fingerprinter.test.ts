import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFingerprinter } from '../../src/input/fingerprinter.ts';

test('a fingerprint is the first 96 bits of HMAC-SHA-256, for any text and key', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', minLength: 80, maxLength: 300 }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 64 }), fc.array(text), (key, values) => {
      const fingerprint = createFingerprinter(key, 'merchant_ref');
      for (const value of values) {
        const digest = createHmac('sha256', key).update(`merchant_ref\0${value}`).digest();
        const { high, middle, low } = fingerprint(value);
        assert.deepEqual(
          [high, middle, low],
          [0, 4, 8].map((at) => digest.readUInt32BE(at)),
        );
      }
    }),
    { numRuns: 100 },
  );
});

test('a value has different fingerprints for different keys and purposes, and a stable one otherwise', () => {
  const key = Buffer.alloc(32, 1);
  const first = createFingerprinter(key, 'card_number')('4111111111111111');
  assert.deepEqual(createFingerprinter(key, 'card_number')('4111111111111111'), first);
  assert.notDeepEqual(createFingerprinter(key, 'merchant_ref')('4111111111111111'), first);
  assert.notDeepEqual(createFingerprinter(Buffer.alloc(32, 2), 'card_number')('4111111111111111'), first);
  assert.notDeepEqual(createFingerprinter(key, 'card_number')('4111111111111112'), first);
});

test('a key below 16 or above 64 bytes is refused', () => {
  assert.throws(() => createFingerprinter(Buffer.alloc(15), 'card_number'), RangeError);
  assert.throws(() => createFingerprinter(Buffer.alloc(65), 'card_number'), RangeError);
});
