import type { CanonicalColumn, ColumnLayout } from './columns.ts';
import { isDigitUnit } from './digit-unit.ts';
import { holdsCardNumber } from './merchant-ref.ts';
import { looksLikeCardNumber } from './redaction/card-like-numbers.ts';

/** The shortest card number. */
const fewestDigits = 12;
/** The longest telephone number (E.164). */
const longestPhoneDigits = 15;

/** True if a column of free text has a card number. The reference has its own check. */
export function hasMisplacedCardNumber(
  cells: readonly string[],
  { texts }: ColumnLayout,
  cardNumber: string,
): boolean {
  for (const { column, index } of texts) {
    const text = cells[index] ?? '';
    // Checked here, because most cells of every row are too short or have too few digits.
    if (text.length < fewestDigits) continue;
    const digits = countDigits(text);
    if (digits >= fewestDigits && isMisplacedCardNumber(column, text, digits, cardNumber)) return true;
  }
  return false;
}

/**
 * True if the text of another column than `card_number` holds the row's own number, or is itself a
 * card number. In a name, any card number counts. A telephone number may look like a card number
 * by chance.
 */
function isMisplacedCardNumber(
  column: CanonicalColumn,
  text: string,
  digits: number,
  cardNumber: string,
): boolean {
  if (column === 'cardholder_name' && looksLikeCardNumber(text)) return true;
  if (column.endsWith('_phone_number') && digits <= longestPhoneDigits) {
    return cardNumber !== '' && text.replace(/\D/g, '').includes(cardNumber);
  }
  return holdsCardNumber(text, cardNumber);
}

/** Counts plain and full-width digits. */
function countDigits(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (isDigitUnit(text.charCodeAt(at))) count += 1;
  }
  return count;
}
