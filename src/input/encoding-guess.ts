/*
 * Guesses the encoding of lines that are not UTF-8, for the message to the merchant. Nothing is
 * ever decoded based on a guess, and --encoding is proposed only if no other encoding makes sense:
 * a wrong one would damage names without an error.
 */
import { commonLetters } from './common-letters.ts';
import { readSingleByte } from './single-byte-guess.ts';

/** The encodings that a text may be in, the likeliest first. */
export interface EncodingGuess {
  readonly names: readonly string[];
  /** True if the first one is the only one that makes sense. */
  readonly isCertain: boolean;
}

const eastAsian = ['Shift_JIS', 'EUC-JP', 'EUC-KR', 'GB18030', 'Big5'] as const;
const decoderLabels: Readonly<Record<string, string>> = { GB18030: 'gbk' };

/** Letters that only Japanese uses. Three in a row are no accident. */
const kana = /[\p{Script=Hiragana}\p{Script=Katakana}ー]/u;
const kanaRun = /[ぁ-ゖァ-ヺー]{3}/;
/** Other encodings have letters in place of half-width kana, so these show little. */
const shareOfHalfWidthKana = 0.3;
const halfWidthKana = /^[｡-ﾟ]+$/;
const foreign = /[^\p{ASCII}]/u;

/** A text makes sense in an encoding if so many of its letters are common ones. */
const shareOfGood = 0.5;
const shareOfPossible = 0.25;
/** So few letters may all be common by chance. */
const fewestLetters = 4;
const shareOfFew = 0.9;
const manyLetters = 12;
const shareOfMany = 0.6;

/** The encodings in which the sample makes sense. */
export function guessEncoding(sample: Uint8Array): EncodingGuess {
  const decodable = eastAsian.flatMap((name) => {
    const text = decode(sample, name);
    return text === undefined ? [] : [{ name, ...scoreEastAsian(text, name) }];
  });
  const scores = decodable
    .filter(({ score }) => score >= shareOfPossible)
    .sort((left, right) => right.score - left.score);
  const [best, next] = scores;
  if (best !== undefined && best.score >= shareOfGood) {
    const { name, score, letters } = best;
    const isAlone = (next?.score ?? 0) < score / 2;
    const others = decodable.map((one) => one.name).filter((one) => one !== name);
    const isClear =
      (letters >= fewestLetters && score >= shareOfFew) || (letters >= manyLetters && score >= shareOfMany);
    const isNamed = isAlone && (isClear || score >= shareOfFew);
    return { names: isNamed ? [name] : [name, ...others], isCertain: isAlone && isClear };
  }
  const western = readSingleByte(sample);
  // In letters that our lists lack, a text may still be East Asian.
  const names = [...western.names, ...scores.map(({ name }) => name)];
  if (names.length > 0) return { names, isCertain: western.isCertain && scores.length === 0 };
  return { names: decodable.map(({ name }) => name), isCertain: false };
}

/** The share of common letters among the letters beyond ASCII in words of at least two. */
function scoreEastAsian(text: string, name: string): { score: number; letters: number } {
  const isJapanese = name === 'Shift_JIS' || name === 'EUC-JP';
  if (isJapanese && kanaRun.test(text)) return { score: 1, letters: text.length };
  let letters = 0;
  let common = 0;
  let single = 0;
  for (const [found] of text.matchAll(/[\p{L}\p{M}ー々〆]+/gu)) {
    const beyondAscii = [...found].filter((letter) => foreign.test(letter));
    // An accented letter of a Western word decodes to a single character.
    if (beyondAscii.length < 2) single += beyondAscii.length;
    else {
      letters += beyondAscii.length;
      common += beyondAscii.reduce((sum, letter) => sum + commonness(letter, name), 0);
    }
  }
  return letters === 0 ? { score: 0, letters } : { score: common / (letters + single), letters };
}

function commonness(letter: string, name: string): number {
  if (halfWidthKana.test(letter)) return shareOfHalfWidthKana;
  const isJapanese = name === 'Shift_JIS' || name === 'EUC-JP';
  return commonLetters[name]?.has(letter) === true || (isJapanese && kana.test(letter)) ? 1 : 0;
}

/** The text, if all bytes are valid in the encoding. */
function decode(sample: Uint8Array, name: string): string | undefined {
  try {
    return new TextDecoder(decoderLabels[name] ?? name, { fatal: true }).decode(sample);
  } catch {
    return undefined;
  }
}
