import { hash } from 'node:crypto';
import type { Fingerprint } from '../domain/fingerprint.ts';

/** What a value is compared with; the same text gives other fingerprints for another purpose. */
export type FingerprintPurpose = 'merchant_ref' | 'card_number';

const minKeyBytes = 16;
const blockBytes = 64;
const digestBytes = 32;
/** Longer than a card number and than most references; what is longer gets a buffer of its own. */
const roomBytes = 256;

/**
 * Makes fingerprints of values under a secret key (at least 16 bytes, else RangeError): the first 96 bits of HMAC-SHA-256.
 * Unlike a bare hash, they cannot be turned back into card numbers by trying all numbers without the key (PCI DSS 3.5.1.1).
 *
 * Put together of two plain hashes (RFC 2104), which takes a third of the time of `createHmac`: there are two a row.
 */
export function createFingerprinter(
  key: Uint8Array,
  purpose: FingerprintPurpose,
): (value: string) => Fingerprint {
  if (key.length < minKeyBytes || key.length > blockBytes) {
    throw new RangeError(`A fingerprint key has ${minKeyBytes} to ${blockBytes} bytes`);
  }
  // The purpose ends in NUL, so no two pairs of purpose and value run together.
  const prefix = Buffer.concat([padOf(key, 0x36), Buffer.from(`${purpose}\0`)]);
  const inner = Buffer.concat([prefix, Buffer.alloc(roomBytes)]);
  const outer = Buffer.concat([padOf(key, 0x5c), Buffer.alloc(digestBytes)]);
  return (value) => {
    // One character a byte: the cheapest form in which a digest comes out of OpenSSL.
    outer.write(hash('sha256', messageOf(value), 'binary'), blockBytes, 'latin1');
    const digest = hash('sha256', outer, 'binary');
    return { high: wordAt(digest, 0), middle: wordAt(digest, 4), low: wordAt(digest, 8) };
  };

  function messageOf(value: string): Buffer {
    // No character takes more than three bytes of UTF-8 for each of its UTF-16 units.
    if (value.length * 3 > roomBytes) return Buffer.concat([prefix, Buffer.from(value)]);
    return inner.subarray(0, prefix.length + inner.write(value, prefix.length, 'utf8'));
  }
}

function padOf(key: Uint8Array, byte: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.set(key);
  return block.map((keyByte) => keyByte ^ byte) as Buffer;
}

function wordAt(bytes: string, index: number): number {
  const word =
    (bytes.charCodeAt(index) << 24) |
    (bytes.charCodeAt(index + 1) << 16) |
    (bytes.charCodeAt(index + 2) << 8) |
    bytes.charCodeAt(index + 3);
  return word >>> 0;
}
