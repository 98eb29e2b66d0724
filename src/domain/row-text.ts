import type { RowErrorCode } from './error-codes.ts';
import { isPlaceholder } from './placeholders.ts';

/** A byte order mark inside a text is left over from concatenated files. */
const controlCharacter = /[\p{Cc}\p{Zl}\p{Zp}\ufeff]/u;
/**
 * Names may need invisible joiners, for example in Persian. References that people compare must not
 * have them.
 */
const invisibleCharacter = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** True if a text has a line break or another control character. */
export function hasControlCharacter(text: string): boolean {
  return controlCharacter.test(text);
}

/** True if a text has a control character or another invisible one. */
export function hasInvisibleCharacter(text: string): boolean {
  return invisibleCharacter.test(text);
}

/** True if a text has more than `maxCharacters` code points, as JSON Schema's maxLength counts. */
export function isLongerThan(text: string, maxCharacters: number): boolean {
  // A code point has one or two code units, so only lengths in between need counting.
  if (text.length <= maxCharacters) return false;
  return text.length > 2 * maxCharacters || [...text].length > maxCharacters;
}

/** Adds the errors of a free text to `errorCodes`. An empty text is always valid. */
export function checkText(
  text: string,
  maxCharacters: number,
  tooLong: RowErrorCode,
  errorCodes: RowErrorCode[],
): void {
  if (text === '') return;
  if (isLongerThan(text, maxCharacters)) errorCodes.push(tooLong);
  if (hasControlCharacter(text)) errorCodes.push('control_character');
  if (isPlaceholder(text)) errorCodes.push('placeholder_value');
}
