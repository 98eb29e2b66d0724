import { type Base64Reading, base64Bytes } from './base64.ts';
import { mayBeText, notText, readBytes } from './byte-text.ts';
import { type Piece, replaceMatches, type View } from './view.ts';

const base64Word = /[A-Za-z0-9+/_-]{4,}={0,2}/g;
/**
 * The first character of an encoded digit is a capital and the fourth is not; most words and uuids
 * do not match.
 */
const capital = /[A-Z]/;
const noCapital = /[a-z0-9]/;
const hexWord = /(?:0x)?[0-9a-f]{2}(?:[\s:,;-]{0,2}(?:0x)?[0-9a-f]{2}){2,}/gi;

/** Rare in random bytes. `mayBeText` uses the same lengths. */
const recognizable = /[ -~]{8}|\d{4}/;
/** A group of digits encoded on its own. */
const digitsOnly = /^[^A-Za-z]*\d[^A-Za-z]*$/;

const base64Readings: readonly Base64Reading[] = [false, true].flatMap((isBackwards) =>
  [0, 1, 2, 3].map((skipped) => ({ skipped, isBackwards })),
);
const hexReadings = base64Readings.filter(({ skipped }) => skipped < 2);

/** A word that decodes to text, and the pieces that replace it. */
interface DecodedWord {
  readonly 0: string;
  readonly index: number;
  readonly pieces: readonly Piece[];
}

/** A view for each way to decode the words of base64, base64url or hex in the text. */
export function decodeWords(view: View): View[] {
  return [
    ...viewsOf(view, base64WordsOf(view.text), base64Readings, decodeBase64),
    ...viewsOf(view, view.text.matchAll(hexWord), hexReadings, decodeHex),
  ];
}

function base64WordsOf(text: string): RegExpExecArray[] {
  if (!capital.test(text)) return [];
  return [...text.matchAll(base64Word)].filter(([word]) => capital.test(word) && noCapital.test(word));
}

function viewsOf(
  view: View,
  words: Iterable<RegExpExecArray>,
  readings: readonly Base64Reading[],
  decode: (word: string, index: number, reading: Base64Reading) => readonly Piece[] | undefined,
): View[] {
  const decodedWords = new Map<Base64Reading, DecodedWord[]>();
  for (const { 0: word, index } of words) {
    for (const reading of readings) {
      const pieces = decode(word, index, reading);
      if (pieces === undefined) continue;
      const others = decodedWords.get(reading);
      if (others === undefined) decodedWords.set(reading, [{ 0: word, index, pieces }]);
      else others.push({ 0: word, index, pieces });
    }
  }
  return [...decodedWords.values()]
    .map((decoded) => replaceMatches(view, decoded, ({ pieces }) => pieces))
    .filter((decoded) => decoded !== undefined);
}

function decodeBase64(word: string, index: number, reading: Base64Reading): readonly Piece[] | undefined {
  const text = readText(base64Bytes(word, reading), word.endsWith('='));
  if (text === undefined) return undefined;
  const start = index + (reading.isBackwards ? 0 : reading.skipped);
  return [
    { text: word.slice(0, start - index), start: index, end: start },
    { text, start, end: index + word.length },
  ];
}

function decodeHex(
  word: string,
  index: number,
  { skipped, isBackwards }: Base64Reading,
): readonly Piece[] | undefined {
  const nibbles = nibblesOf(word);
  if (isBackwards) nibbles.reverse();
  const bytes: number[] = [];
  for (let at = skipped; at + 1 < nibbles.length; at += 2) {
    bytes.push(((nibbles[at] ?? 0) << 4) | (nibbles[at + 1] ?? 0));
  }
  const text = readText(bytes, false);
  return text === undefined ? undefined : [{ text, start: index, end: index + word.length }];
}

/** The values of the hexadecimal digits, without separators and `0x` prefixes. */
function nibblesOf(word: string): number[] {
  const nibbles: number[] = [];
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) nibbles.push(code - 0x30);
    else if ((code | 0x20) === 0x78) nibbles.pop();
    else if ((code | 0x20) >= 0x61) nibbles.push((code | 0x20) - 0x57);
  }
  return nibbles;
}

/**
 * The text of decoded bytes; undefined if they are probably not text. `isMarked`: the word ends
 * like base64.
 */
function readText(bytes: readonly number[], isMarked: boolean): string | undefined {
  if (!mayBeText(bytes)) return undefined;
  const text = readBytes(bytes)
    .map((character) => character.text)
    .join('');
  const isReadable = !text.includes(notText) && (isMarked || digitsOnly.test(text));
  return isReadable || recognizable.test(text) ? text : undefined;
}
