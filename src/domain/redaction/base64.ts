/*
 * Base64 and base64url, read from any character and in both directions, because a word may have a
 * prefix.
 */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const noSextet = 64;
const sextets = new Uint8Array(128).fill(noSextet);
for (let index = 0; index < alphabet.length; index += 1) sextets[alphabet.charCodeAt(index)] = index;
sextets['-'.charCodeAt(0)] = 62;
sextets['_'.charCodeAt(0)] = 63;

export interface Base64Reading {
  /** Characters before the first encoded one. */
  readonly skipped: number;
  readonly isBackwards: boolean;
}

/** The word's bytes, up to the first character that is not base64. */
export function base64Bytes(word: string, { skipped, isBackwards }: Base64Reading): number[] {
  const bytes: number[] = [];
  const last = word.length - 1;
  let previous = noSextet;
  for (let step = skipped; step <= last; step += 1) {
    const sextet = sextets[word.charCodeAt(isBackwards ? last - step : step)] ?? noSextet;
    if (sextet === noSextet) break;
    const part = (step - skipped) & 3;
    if (part !== 0) bytes.push(((previous << (2 * part)) | (sextet >> (6 - 2 * part))) & 0xff);
    previous = sextet;
  }
  return bytes;
}
