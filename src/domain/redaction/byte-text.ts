import { normalizeCharacter } from './digit-normalization.ts';

/** A character decoded from bytes; `start` and `end` count bytes. */
export interface DecodedCharacter {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Replaces bytes that are not text. */
export const notText = '\ufffd';

/**
 * Decodes UTF-8 and normalizes digits; invalid bytes become `notText`. Zero bytes are dropped, so
 * that UTF-16 is readable too.
 */
export function readBytes(bytes: readonly number[]): DecodedCharacter[] {
  const characters: DecodedCharacter[] = [];
  for (let start = 0; start < bytes.length; ) {
    const byte = bytes[start] ?? 0;
    const length = sequenceLength(byte);
    const codePoint = length === 1 ? byte : codePointOf(bytes, start, length);
    const end = start + (codePoint === undefined ? 1 : length);
    if (codePoint === undefined) characters.push({ text: notText, start, end });
    else if (codePoint >= 0x80) {
      characters.push({ text: normalizeCharacter(String.fromCodePoint(codePoint)), start, end });
    } else if (codePoint >= 0x20 || (codePoint >= 9 && codePoint <= 13)) {
      characters.push({ text: String.fromCharCode(codePoint), start, end });
    } else if (codePoint !== 0) characters.push({ text: notText, start, end });
    start = end;
  }
  return characters;
}

function sequenceLength(byte: number): number {
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}

function codePointOf(bytes: readonly number[], start: number, length: number): number | undefined {
  let codePoint = (bytes[start] ?? 0) & (0x7f >> length);
  for (let index = start + 1; index < start + length; index += 1) {
    const byte = bytes[index] ?? 0;
    if ((byte & 0xc0) !== 0x80) return undefined;
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  return codePoint < 0x80 || codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)
    ? undefined
    : codePoint;
}

/** False for nearly all bytes that are not text, at a hundredth of the cost of decoding them. */
export function mayBeText(bytes: readonly number[]): boolean {
  let printable = 0;
  let digits = 0;
  let following = 0;
  let isUtf8 = true;
  for (const byte of bytes) {
    if (byte >= 0x20 && byte < 0x7f) {
      printable += 1;
      digits = byte >= 0x30 && byte <= 0x39 ? digits + 1 : 0;
      if (printable === 8 || digits === 4) return true;
      isUtf8 &&= following === 0;
      continue;
    }
    if (byte === 0) continue;
    printable = 0;
    digits = 0;
    if (byte >= 0xc2) {
      isUtf8 &&= following === 0;
      following = sequenceLength(byte) - 1;
    } else if (byte >= 0x80 && byte < 0xc0 && following > 0) following -= 1;
    else isUtf8 &&= byte >= 0x09 && byte <= 0x0d;
  }
  return isUtf8 && following === 0;
}
