import { replaceMatches, type View } from './view.ts';

/*
 * Digits are digits in any script and any dress: Arabic, full-width, circled, superscript, mathematical. Compatibility
 * decomposition (NFKD) turns most of them into ASCII; the rest are listed here. Marks and invisible characters go: they
 * stand between digits without a reader seeing them.
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

/** The tag characters of Unicode are invisible copies of ASCII. */
const firstTag = 0xe0020;
const lastTag = 0xe007e;
const tagOffset = 0xe0000;

const normalizedCharacters = new Map<string, string>();

/** ASCII for a character that stands for digits, letters or a sign of ASCII, nothing for an invisible one, else itself. */
export function normalizeCharacter(character: string): string {
  let consolidated = normalizedCharacters.get(character);
  if (consolidated === undefined) {
    consolidated = decompose(character);
    // Bounded: a foreign text may use every character there is.
    if (normalizedCharacters.size < 4_096) normalizedCharacters.set(character, consolidated);
  }
  return consolidated;
}

/** Only what has a digit or a letter of ASCII in it is of use; other decompositions would make short gaps long. */
function decompose(character: string): string {
  const consolidated = Array.from(character.normalize('NFKD'), foldCodePoint).join('');
  return consolidated === '' || /[0-9A-Za-z]/.test(consolidated) || /^[ -~]$/.test(consolidated)
    ? consolidated
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

/** The view in ASCII digits, without invisible characters; the same view if it is ASCII already. */
export function normalizeView(view: View): View {
  if (!notAscii.test(view.text)) return view;
  const consolidated = replaceMatches(
    view,
    view.text.matchAll(foreignCharacter),
    ({ 0: character, index }) => [
      { text: normalizeCharacter(character), start: index, end: index + character.length },
    ],
  );
  return consolidated ?? view;
}
