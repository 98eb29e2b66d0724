/*
 * Encryption at rest: AES-256-GCM with a data key per batch, which is itself encrypted ("wrapped")
 * with the operator's key. The operator's key can be replaced without rewriting staging, and
 * destroying a batch's wrapped key destroys its staging (PCI DSS 3.5.1, 3.6, 3.7).
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
export const keyBytes = 32;
/**
 * GCM is designed for 96-bit nonces. A random nonce is safe: each key encrypts only the shards of
 * one batch.
 */
const nonceBytes = 12;
const tagBytes = 16;

/** Decryption failed: wrong key, wrong `context`, or altered content. */
export class DecryptionError extends Error {
  override readonly name = 'DecryptionError';
}

/**
 * Encrypts. `context` names the content and must be the same for decryption, so that files cannot
 * be swapped.
 */
export function encrypt(key: Uint8Array, plain: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** Reverses `encrypt`. Throws DecryptionError. */
export function decrypt(key: Uint8Array, sealed: Uint8Array, context: string): Buffer {
  try {
    const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), {
      // Otherwise a four-byte tag is accepted, which can be guessed.
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    throw new DecryptionError('Cannot decrypt: the key is wrong, or the content was altered');
  }
}

/** A new random key. */
export function createKey(): Buffer {
  return randomBytes(keyBytes);
}

/** A key for one purpose, derived from another. */
export function deriveKey(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, new Uint8Array(), purpose, keyBytes));
}
