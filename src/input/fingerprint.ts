import { hash } from 'node:crypto';

/** 96 bits of a keyed digest, as three unsigned 32-bit words. */
export interface Fingerprint {
  readonly high: number;
  readonly middle: number;
  readonly low: number;
}

/** What a value is compared with; the same text gives other fingerprints for another purpose. */
export type FingerprintPurpose = 'merchant_ref' | 'card_number';

const minKeyBytes = 16;

/**
 * Makes fingerprints of values under a secret key (at least 16 bytes, else RangeError). Unlike a bare hash, they cannot be
 * turned back into card numbers by trying all numbers without the key (PCI DSS 3.5.1.1).
 *
 * SHA-256 over key and value instead of HMAC: it is three times as fast, there is one a row, and what HMAC adds is safety
 * against lengthening a known digest, which nobody can do to 96 of 256 bits. Fingerprints never leave the process.
 */
export function createFingerprinter(
  key: Uint8Array,
  purpose: FingerprintPurpose,
): (value: string) => Fingerprint {
  if (key.length < minKeyBytes) throw new RangeError(`A fingerprint key has at least ${minKeyBytes} bytes`);
  // The key in hex has a fixed length and the purpose ends in NUL, so no two pairs of purpose and value run together.
  const prefix = `${Buffer.from(key).toString('hex')}${purpose}\0`;
  return (value) => {
    // One character a byte: the cheapest form in which a digest comes out of OpenSSL.
    const bytes = hash('sha256', prefix + value, 'binary');
    return { high: wordAt(bytes, 0), middle: wordAt(bytes, 4), low: wordAt(bytes, 8) };
  };
}

function wordAt(bytes: string, index: number): number {
  const word =
    (bytes.charCodeAt(index) << 24) |
    (bytes.charCodeAt(index + 1) << 16) |
    (bytes.charCodeAt(index + 2) << 8) |
    bytes.charCodeAt(index + 3);
  return word >>> 0;
}
