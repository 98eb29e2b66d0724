import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKey, DecryptionError, decrypt, deriveKey, encrypt } from '../../src/storage/encryption.ts';

const key = createKey();
const plain = Buffer.from('4111111111111111 and more');

test('decryption with the same key and context returns the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.string(), (bytes, context) => {
      assert.deepEqual(decrypt(key, encrypt(key, bytes, context), context), Buffer.from(bytes));
    }),
  );
});

test('encrypting the same text twice gives different bytes that contain none of the text', () => {
  const [one, two] = [encrypt(key, plain, 'here'), encrypt(key, plain, 'here')];
  assert.notDeepEqual(one, two);
  assert.ok(!one.includes('4111'));
});

test('decryption fails with another key, another context, or a file from another place', () => {
  const sealed = encrypt(key, plain, 'batch shard 1');
  assert.throws(() => decrypt(createKey(), sealed, 'batch shard 1'), DecryptionError);
  assert.throws(() => decrypt(key, sealed, 'batch shard 2'), DecryptionError);
  assert.throws(() => decrypt(key, sealed, ''), DecryptionError);
});

test('decryption fails if any bit is changed or any bytes are cut off', () => {
  const sealed = encrypt(key, plain, 'here');
  for (let at = 0; at < sealed.byteLength; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => decrypt(key, changed, 'here'), DecryptionError, `byte ${at}`);
    assert.throws(() => decrypt(key, sealed.subarray(0, at), 'here'), DecryptionError, `${at} bytes`);
  }
  assert.throws(() => decrypt(key, Buffer.concat([sealed, Buffer.alloc(1)]), 'here'), DecryptionError);
});

test('decryption fails with a short authentication tag, which GCM would accept', () => {
  const sealed = encrypt(key, Buffer.alloc(0), 'here');
  // The nonce and the first four bytes of the tag, without a body.
  assert.throws(() => decrypt(key, sealed.subarray(0, 16), 'here'), DecryptionError);
});

test('keys derived for two purposes differ from each other and from their source, and are reproducible', () => {
  const keys = [key, deriveKey(key, 'one'), deriveKey(key, 'two')].map((some) => some.toString('hex'));
  assert.equal(new Set(keys).size, 3);
  assert.deepEqual(deriveKey(key, 'one'), deriveKey(key, 'one'));
  assert.equal(deriveKey(key, 'one').byteLength, 32);
});
