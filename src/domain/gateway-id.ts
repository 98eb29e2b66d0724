import { isCardLikeNumber } from './redaction/card-like-numbers.ts';

/**
 * The longest id that is kept: longer than any known one, and short enough for a spreadsheet cell.
 */
const idMaxLength = 16_384;
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;
const blankAtAnEnd = /^\s|\s$/u;

/**
 * True for a text that can be an id: 1 to 16,384 printable characters without a blank at either
 * end.
 */
export function isIdShaped(text: string): boolean {
  return text.length > 0 && text.length <= idMaxLength && !unprintable.test(text) && !blankAtAnEnd.test(text);
}

/**
 * What is wrong with a text that should be an id of the gateway (a token, a transaction), or
 * undefined. Never quotes it.
 */
export function findIdFault(id: string): string | undefined {
  if (!isIdShaped(id)) return 'has blanks at an end or characters that no id has';
  if (!/[\p{L}\p{N}]/u.test(id)) return 'has no letter and no digit';
  if (/^\d(?:[.,]\d+)?E\+?\d+$/i.test(id)) return 'was damaged by a spreadsheet';
  const digits = id.replace(/[-._]/g, '');
  if (/^\d{13,19}$/.test(digits) && isCardLikeNumber(digits)) return 'looks like a card number';
  return undefined;
}
