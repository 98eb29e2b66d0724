import type { ReferenceLayout } from './columns.ts';
import type { RowErrorCode } from './error-codes.ts';
import { holdsCardNumber } from './merchant-ref.ts';
import { isLongerThan } from './row-text.ts';

const maxCharacters = 255;

/**
 * The cells that are passed through to the results; undefined if there are none. The results are
 * not encrypted, so a cell with a card number rejects the row, and stays out of it.
 */
export function readPassed(
  cells: readonly string[],
  indexes: readonly number[],
  cardNumber: string,
  errorCodes: RowErrorCode[],
): readonly string[] | undefined {
  if (indexes.length === 0) return undefined;
  return indexes.map((index) => {
    const text = cells[index] ?? '';
    if (!isLongerThan(text, maxCharacters) && !holdsCardNumber(text, cardNumber)) return text;
    errorCodes.push('passed_value');
    return '';
  });
}

/** The parts with the separator between them; empty if a part is missing. */
export function composeReference(
  cells: readonly string[],
  { parts, separator }: ReferenceLayout,
  cardNumber: string,
): string {
  const texts = parts.map((part) => (part === 'last4' ? cardNumber.slice(-4) : (cells[part] ?? '')));
  return texts.some((text) => text.trim() === '') ? '' : texts.join(separator);
}
