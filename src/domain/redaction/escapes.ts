import { type DecodedCharacter, readBytes } from './byte-text.ts';
import { normalizeCharacter } from './digit-normalization.ts';
import { type Piece, replaceMatches, type View } from './view.ts';

/*
 * Percent encoding, HTML entities, and escapes of JSON, JavaScript, C and CSS. The alternatives are
 * mutually exclusive.
 */
const escapes = new RegExp(
  [
    '(?<percent>(?:%[0-9a-f]{2})+)',
    '(?<hex>(?:\\\\x[0-9a-f]{2})+)',
    '&#x(?<entityHex>[0-9a-f]{1,6});?',
    '&#(?<entity>\\d{1,7});?',
    '&(?<name>[a-z]{2,31}\\d{0,2});',
    '(?:\\\\u\\{|U\\+)(?<braced>[0-9a-f]{1,6})\\}?',
    '(?:\\\\|%)u(?<four>[0-9a-f]{4})',
    '\\\\(?<octal>[0-3][0-7]{2})',
  ].join('|'),
  'gi',
);
const mayHoldEscape = /[%\\&]|U\+/i;
/** Quoted-printable looks like a parameter (`a=34`), so it gets its own view. */
const quotedPrintable = /(?:=[0-9a-f]{2})+/gi;

/** Up to three nested escapes are decoded; deeper nesting is not an accident. */
const deepestEscape = 3;

const namedCharacters: Readonly<Record<string, string>> = {
  amp: '&',
  percnt: '%',
  bsol: '\\',
  num: '#',
  semi: ';',
  sup1: '1',
  sup2: '2',
  sup3: '3',
};

/** The view with its escapes decoded; undefined if it has none. */
export function decodeEscapes(view: View): View | undefined {
  let decoded: View | undefined;
  for (let depth = 0; depth < deepestEscape; depth += 1) {
    const next: View = decoded ?? view;
    const deeper = mayHoldEscape.test(next.text)
      ? replaceMatches(next, next.text.matchAll(escapes), readEscape)
      : undefined;
    if (deeper === undefined) break;
    decoded = deeper;
  }
  return decoded;
}

/** The view with quoted-printable text decoded; undefined if it has none. */
export function decodeQuotedPrintable(view: View): View | undefined {
  if (!view.text.includes('=')) return undefined;
  return replaceMatches(view, view.text.matchAll(quotedPrintable), (match) => bytePieces(match, 3));
}

function readEscape(match: RegExpExecArray): readonly Piece[] | undefined {
  const { percent, hex, entityHex, entity, name, braced, four, octal } = match.groups ?? {};
  if (percent !== undefined) return bytePieces(match, 3);
  if (hex !== undefined) return bytePieces(match, 4);
  const character =
    name !== undefined
      ? (namedCharacters[name.toLowerCase()] ?? ' ')
      : characterOf(
          entity !== undefined
            ? Number(entity)
            : Number.parseInt(entityHex ?? braced ?? four ?? octal ?? '', octal === undefined ? 16 : 8),
        );
  return [{ text: character, start: match.index, end: match.index + match[0].length }];
}

function characterOf(codePoint: number): string {
  return codePoint <= 0x10ffff ? normalizeCharacter(String.fromCodePoint(codePoint)) : ' ';
}

/**
 * Decodes a run of escapes that represent one byte each; the last two characters of an escape are
 * the byte.
 */
function bytePieces(match: RegExpExecArray, escapeLength: number): Piece[] {
  const bytes: number[] = [];
  for (let end = escapeLength; end <= match[0].length; end += escapeLength) {
    bytes.push(Number.parseInt(match[0].slice(end - 2, end), 16));
  }
  return readBytes(bytes).map(({ text, start, end }: DecodedCharacter) => ({
    text,
    start: match.index + start * escapeLength,
    end: match.index + end * escapeLength,
  }));
}
