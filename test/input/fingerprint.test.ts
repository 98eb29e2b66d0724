import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { createFingerprinter } from '../../src/input/fingerprint.ts';

const key = Buffer.alloc(32, 7);
const card = '4111111111111111';

test('the same value under the same key and purpose has the same fingerprint, another value another one', () => {
  const fingerprint = createFingerprinter(key, 'card_number');
  assert.deepEqual(fingerprint(card), createFingerprinter(key, 'card_number')(card));
  assert.notDeepEqual(fingerprint(card), fingerprint('5555555555554444'));
});

test('without the key a fingerprint cannot be found by trying: another key gives another one, and so does the bare hash', () => {
  const { high, middle, low } = createFingerprinter(key, 'card_number')(card);
  assert.notDeepEqual(createFingerprinter(Buffer.alloc(32, 8), 'card_number')(card), { high, middle, low });
  const digits = [high, middle, low].map((word) => word.toString(16).padStart(8, '0')).join('');
  assert.notEqual(digits, hash('sha256', card).slice(0, 24));
});

test('a value has another fingerprint for another purpose', () => {
  assert.notDeepEqual(
    createFingerprinter(key, 'card_number')(card),
    createFingerprinter(key, 'merchant_ref')(card),
  );
});

test('a key that is too short is refused', () => {
  assert.throws(() => createFingerprinter(Buffer.alloc(15), 'card_number'), RangeError);
});
