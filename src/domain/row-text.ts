import type { RowErrorCode } from './error-codes.ts';

/** A byte order mark inside a text is left over from files that were joined. */
const controlCharacter = /[\p{Cc}\p{Zl}\p{Zp}\ufeff]/u;
/** Names may need joiners that cannot be seen (in Persian, say); a reference that people compare may not. */
const invisibleCharacter = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** True where a text has a line break or another control character. */
export function hasControlCharacter(text: string): boolean {
  return controlCharacter.test(text);
}

/** True where a text has a control character or any other that takes no room on paper. */
export function hasInvisibleCharacter(text: string): boolean {
  return invisibleCharacter.test(text);
}

/** True where a text has more characters than that; counted in code points, as JSON Schema's maxLength does. */
export function isLongerThan(text: string, maxCharacters: number): boolean {
  // A code point has one or two code units, so only the lengths between need counting.
  if (text.length <= maxCharacters) return false;
  return text.length > 2 * maxCharacters || [...text].length > maxCharacters;
}

/** Adds to `errorCodes` what is wrong with a free text of the row; an empty one is always right. */
export function checkText(
  text: string,
  maxCharacters: number,
  tooLong: RowErrorCode,
  errorCodes: RowErrorCode[],
): void {
  if (text === '') return;
  if (isLongerThan(text, maxCharacters)) errorCodes.push(tooLong);
  if (hasControlCharacter(text)) errorCodes.push('control_character');
}
