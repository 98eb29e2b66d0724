import { replaceMatches, type View } from './view.ts';

/*
 * Normalizes digits of every script and style to ASCII: Arabic, full-width, circled, superscript,
 * mathematical. Compatibility decomposition (NFKD) handles most; the rest are listed here. Marks
 * and invisible characters are removed, because a reader does not see them between digits.
 */
const notAscii = /\P{ASCII}/u;
const foreignCharacter = /\P{ASCII}/gu;
const decimalDigit = /^\p{Nd}$/u;
const invisible = /^[\p{M}\p{Cf}]$/u;

/** Circled digits without a decomposition: first code point, first value, count. */
const circledDigits: readonly (readonly [first: number, value: number, count: number])[] = [
  [0x24eb, 11, 10],
  [0x24f5, 1, 10],
  [0x24ff, 0, 1],
  [0x2776, 1, 10],
  [0x2780, 1, 10],
  [0x278a, 1, 10],
  [0x1f10b, 0, 1],
  [0x1f10c, 0, 1],
];
const ideographicDigits = '〇一二三四五六七八九';

/** Unicode tag characters are invisible copies of ASCII. */
const firstTag = 0xe0020;
const lastTag = 0xe007e;
const tagOffset = 0xe0000;

const normalizedCharacters = new Map<string, string>();

/**
 * ASCII for a character that represents an ASCII digit, letter or sign; empty for an invisible one;
 * otherwise the character itself.
 */
export function normalizeCharacter(character: string): string {
  let normalized = normalizedCharacters.get(character);
  if (normalized === undefined) {
    normalized = decompose(character);
    // Bounded, because foreign text may use every character.
    if (normalizedCharacters.size < 4_096) normalizedCharacters.set(character, normalized);
  }
  return normalized;
}

/**
 * Only decompositions with an ASCII digit, letter or sign are useful; others would make short gaps
 * long.
 */
function decompose(character: string): string {
  const normalized = Array.from(character.normalize('NFKD'), foldCodePoint).join('');
  return normalized === '' || /[0-9A-Za-z]/.test(normalized) || /^[ -~]$/.test(normalized)
    ? normalized
    : character;
}

function foldCodePoint(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x80) return character;
  if (codePoint >= firstTag && codePoint <= lastTag) return String.fromCodePoint(codePoint - tagOffset);
  if (invisible.test(character)) return '';
  if (decimalDigit.test(character)) return String(valueOfDecimalDigit(codePoint));
  const ideograph = ideographicDigits.indexOf(character);
  if (ideograph >= 0) return String(ideograph);
  const circled = circledDigits.find(([first, , count]) => codePoint >= first && codePoint < first + count);
  return circled === undefined ? character : String(circled[1] + codePoint - circled[0]);
}

/** Unicode encodes decimal digits in runs of ten, from 0 to 9. */
function valueOfDecimalDigit(codePoint: number): number {
  let first = codePoint;
  while (decimalDigit.test(String.fromCodePoint(first - 1))) first -= 1;
  return (codePoint - first) % 10;
}

/**
 * The view with ASCII digits and without invisible characters; the same view if it is ASCII
 * already.
 */
export function normalizeView(view: View): View {
  if (!notAscii.test(view.text)) return view;
  const normalized = replaceMatches(view, view.text.matchAll(foreignCharacter), ({ 0: character, index }) => [
    { text: normalizeCharacter(character), start: index, end: index + character.length },
  ]);
  return normalized ?? view;
}
