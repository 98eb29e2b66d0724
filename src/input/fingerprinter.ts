import { hash } from 'node:crypto';
import type { Fingerprint } from '../domain/fingerprint.ts';

/**
 * What a value is compared with. The same value has different fingerprints for different purposes.
 */
export type FingerprintPurpose = 'merchant_ref' | 'card_number';

const minKeyBytes = 16;
const blockBytes = 64;
const digestBytes = 32;
/** Longer than a card number and most references; longer values get their own buffer. */
const roomBytes = 256;

/**
 * Creates fingerprints of values with a secret key (16 to 64 bytes, else RangeError): the first 96
 * bits of HMAC-SHA-256. Unlike a plain hash, they cannot be reversed by trying all card numbers
 * without the key (PCI DSS 3.5.1.1).
 *
 * Built from two plain hashes (RFC 2104), which takes a third of the time of `createHmac`; each row
 * needs two.
 */
export function createFingerprinter(
  key: Uint8Array,
  purpose: FingerprintPurpose,
): (value: string) => Fingerprint {
  if (key.length < minKeyBytes || key.length > blockBytes) {
    throw new RangeError(`A fingerprint key has ${minKeyBytes} to ${blockBytes} bytes`);
  }
  // The purpose ends with NUL, so that no two pairs of purpose and value are ambiguous.
  const prefix = Buffer.concat([padOf(key, 0x36), Buffer.from(`${purpose}\0`)]);
  const inner = Buffer.concat([prefix, Buffer.alloc(roomBytes)]);
  const outer = Buffer.concat([padOf(key, 0x5c), Buffer.alloc(digestBytes)]);
  return (value) => {
    // One character per byte is the cheapest digest format from OpenSSL.
    outer.write(hash('sha256', messageOf(value), 'binary'), blockBytes, 'latin1');
    const digest = hash('sha256', outer, 'binary');
    return { high: wordAt(digest, 0), middle: wordAt(digest, 4), low: wordAt(digest, 8) };
  };

  function messageOf(value: string): Buffer {
    // A UTF-16 unit takes at most three bytes in UTF-8.
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
