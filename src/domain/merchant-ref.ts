import { isCardNumberOnly } from './redaction/card-like-numbers.ts';
import { digitsOf, reverseDigits } from './redaction/digits.ts';
import { type Spellings, spellingsOf } from './redaction/spellings.ts';

/*
 * A reference goes into results, logs of other systems and the operator's screen, so it must not be a card number in
 * disguise: neither the row's own, with anything around or between its digits, nor a text that is nothing but another card's
 * number. Both hold for every spelling. Numeric references that fit a brand and pass Luhn by chance are refused too: nothing
 * distinguishes them.
 */
const shortestCardNumber = 12;
/** Too short for twelve digits in base64, and without anything that escapes: nearly every reference. */
const plainRef = /^[\w .-]{0,15}$/;

/** True if the reference holds `cardNumber` (digits, or empty if the row has none) or is itself a card number. */
export function holdsCardNumber(merchantRef: string, cardNumber: string): boolean {
  const isPlain = plainRef.test(merchantRef);
  if (isPlain && merchantRef.length < shortestCardNumber) return false;
  const spellings = isPlain ? [{ text: merchantRef }] : spellingsOf(merchantRef);
  return holdsOwnNumber(spellings, cardNumber) || spellings.some(({ text }) => isCardNumberOnly(text));
}

function holdsOwnNumber(spellings: Spellings, cardNumber: string): boolean {
  if (cardNumber.length < shortestCardNumber) return false;
  const backwards = reverseDigits(cardNumber);
  return digitsOf(spellings).some((digits) => digits.includes(cardNumber) || digits.includes(backwards));
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
