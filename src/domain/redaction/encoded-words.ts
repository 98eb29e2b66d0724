import { notText, readBytes } from './byte-text.ts';
import { replaceMatches, type View } from './view.ts';

const base64Word = /[A-Za-z0-9+/_-]{4,}={0,2}/g;
const hexWord = /(?:0x)?[0-9a-f]{2}(?:[\s:,;-]{0,2}(?:0x)?[0-9a-f]{2}){2,}/gi;
const hexSeparators = /[\s:,;-]|0x/gi;

/** Random bytes hardly ever hold so many printable characters, or digits, in a row. */
const printableRun = 8;
const digitRun = 4;
const telling = new RegExp(`[ -~]{${printableRun}}|\\d{${digitRun}}`);
/** A group of digits that was encoded on its own. */
const digitsOnly = /^[^A-Za-z]*\d[^A-Za-z]*$/;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const sextets = new Int8Array(128).fill(-1);
for (let index = 0; index < alphabet.length; index += 1) sextets[alphabet.charCodeAt(index)] = index;
// base64url
sextets['-'.charCodeAt(0)] = 62;
sextets['_'.charCodeAt(0)] = 63;

/** How a word is read: from which character on (a prefix such as `pm_` may be glued to it), and in which direction. */
interface Reading {
  readonly skipped: number;
  readonly isBackwards: boolean;
}

const forwards: readonly Reading[] = [0, 1, 2, 3].map((skipped) => ({ skipped, isBackwards: false }));
const backwards: readonly Reading[] = [0, 1, 2, 3].map((skipped) => ({ skipped, isBackwards: true }));

/** A view for each way in which words of base64, base64url or hex in the text decode to text. */
export function decodeWords(view: View): View[] {
  const words = [...view.text.matchAll(base64Word)];
  if (words.length === 0) return [];
  const hexWords = [...view.text.matchAll(hexWord)];
  return [
    ...[...forwards, ...backwards].map((reading) => decodeBase64(view, words, reading)),
    ...(hexWords.length === 0
      ? []
      : [...forwards.slice(0, 2), ...backwards.slice(0, 2)].map((reading) =>
          decodeHex(view, hexWords, reading),
        )),
  ].filter((decoded) => decoded !== undefined);
}

function decodeBase64(view: View, words: readonly RegExpExecArray[], reading: Reading): View | undefined {
  const { skipped, isBackwards } = reading;
  return replaceMatches(view, words, ({ 0: word, index }) => {
    const text = readWord(base64Bytes(word, reading), word.endsWith('='));
    if (text === undefined) return undefined;
    const end = index + word.length;
    if (isBackwards) return [{ text, start: index, end }];
    return [
      { text: word.slice(0, skipped), start: index, end: index + skipped },
      { text, start: index + skipped, end },
    ];
  });
}

function decodeHex(
  view: View,
  words: readonly RegExpExecArray[],
  { skipped, isBackwards }: Reading,
): View | undefined {
  return replaceMatches(view, words, ({ 0: word, index }) => {
    const digits = word.replace(hexSeparators, '');
    const inOrder = isBackwards ? [...digits].reverse().join('') : digits;
    const bytes: number[] = [];
    for (let at = skipped; at + 1 < inOrder.length; at += 2) {
      bytes.push(Number.parseInt(inOrder.slice(at, at + 2), 16));
    }
    const text = readWord(bytes, false);
    return text === undefined ? undefined : [{ text, start: index, end: index + word.length }];
  });
}

function base64Bytes(word: string, { skipped, isBackwards }: Reading): number[] {
  const bytes: number[] = [];
  const last = word.length - 1;
  let bits = 0;
  let bitCount = 0;
  for (let step = skipped; step <= last; step += 1) {
    const sextet = sextets[word.charCodeAt(isBackwards ? last - step : step)] ?? -1;
    if (sextet < 0) break;
    bits = ((bits << 6) | sextet) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes.push((bits >> bitCount) & 0xff);
    }
  }
  return bytes;
}

/** The text of decoded bytes; undefined if they are most likely no text. `isMarked`: the word ends as base64 does. */
function readWord(bytes: readonly number[], isMarked: boolean): string | undefined {
  if (!mayBeText(bytes)) return undefined;
  const text = readBytes(bytes)
    .map((character) => character.text)
    .join('');
  const isReadable = !text.includes(notText) && (isMarked || digitsOnly.test(text));
  return isReadable || telling.test(text) ? text : undefined;
}

/** Spares the reading of nearly all words that are no encoded text. */
function mayBeText(bytes: readonly number[]): boolean {
  let printable = 0;
  let digits = 0;
  let hasControl = false;
  for (const byte of bytes) {
    if (byte === 0) continue;
    printable = byte >= 0x20 && byte < 0x7f ? printable + 1 : 0;
    digits = byte >= 0x30 && byte <= 0x39 ? digits + 1 : 0;
    if (printable === printableRun || digits === digitRun) return true;
    hasControl ||= byte < 0x09 || (byte > 0x0d && byte < 0x20) || byte === 0x7f;
  }
  return !hasControl;
}
