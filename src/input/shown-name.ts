/* Column names as they may be shown. */
import { scrubText } from '../domain/scrub.ts';

const maxNameCharacters = 60;
/** A column name with more digits than this may be data. */
const maxNameDigits = 4;

/** False for a name with so many digits that it may be data. */
export function isShownName(name: string): boolean {
  return name.normalize('NFKC').replace(/\D/g, '').length <= maxNameDigits;
}

/**
 * A column's name as it may be shown, with its position (`index` from 0). A name with many digits
 * is omitted.
 */
export function quoteColumn(name: string, index: number): string {
  const place = `column ${index + 1}`;
  return isShownName(name) ? `"${showName(name)}" (${place})` : place;
}

/** The name on one line, with every character visible: `\u{200b}` for one that cannot be seen. */
export function showName(name: string): string {
  return scrubText(
    name.replace(/(?! )[\p{C}\p{Z}]|^ +| +$/gu, (found) => [...found].map(escapeOf).join('')),
    maxNameCharacters,
  );
}

function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** The name without blanks and invisible characters at its ends. */
export function trimName(name: string): string {
  return name.replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, '');
}

/** What about a name cannot be seen, or undefined. */
export function describeInvisible(name: string): string | undefined {
  if (/(?! )[\p{C}\p{Z}]/u.test(name)) return 'it has an invisible character';
  return name.trim() === name ? undefined : 'it has a blank at an end';
}
