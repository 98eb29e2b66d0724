import { brandOf, isLuhnValid } from './card.ts';

/*
 * A reference goes into results, logs of other systems and the operator's screen, so it must not be a card number in
 * disguise: neither the row's own, with whatever around it, nor a text that is nothing but some other card's number.
 * Numeric references that fit a brand and pass Luhn by chance are refused too; nobody could tell them apart.
 */
const separators = /[ \-._]/g;
const cardLengthDigits = /^\d{13,19}$/;
const shortestCardNumber = 12;

/** True where the reference holds `cardNumber` (digits, or empty where the row has none) or is itself a card number. */
export function holdsCardNumber(merchantRef: string, cardNumber: string): boolean {
  if (merchantRef.length < shortestCardNumber) return false;
  // Full-width digits are digits to a reader.
  const digits = merchantRef.normalize('NFKC').replace(separators, '');
  if (cardNumber.length >= shortestCardNumber && digits.includes(cardNumber)) return true;
  if (!cardLengthDigits.test(digits)) return false;
  return brandOf(digits)?.lengths.includes(digits.length) === true && isLuhnValid(digits);
}

/** True where a spreadsheet would take the reference for a formula (OWASP, CWE-1236). */
export function isFormulaLike(merchantRef: string): boolean {
  return /^[=+\-@]/.test(merchantRef);
}

const oddBlank = /^\s|\s$|[\u00a0\u2000-\u200a\u202f\u205f]/;

/** True where the reference has a blank at an end, or one that only looks like a space (a non-breaking one). */
export function hasOddBlank(merchantRef: string): boolean {
  return oddBlank.test(merchantRef);
}
