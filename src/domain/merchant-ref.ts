import { isCardNumberOnly } from './redaction/card-like-numbers.ts';
import { digitsOf, reverseDigits } from './redaction/digits.ts';
import { type Spellings, spellingsOf } from './redaction/spellings.ts';

/*
 * References appear in results, in logs of other systems and on screens, so they must not be card
 * numbers in disguise: neither the row's own number, with anything around or between its digits,
 * nor a text that is nothing but another card's number. Both rules apply to every spelling. Numeric
 * references that match a brand and pass Luhn by chance are refused too, because they cannot be
 * distinguished.
 */
const shortestCardNumber = 12;
/** Too short for twelve digits in base64, and without escape characters: nearly every reference. */
const plainRef = /^[\w .-]{0,15}$/;

/**
 * True if the reference contains `cardNumber` (digits; empty if the row has none) or is itself a
 * card number.
 */
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

/** True if a spreadsheet would execute the reference as a formula (OWASP, CWE-1236). */
export function isFormulaLike(merchantRef: string): boolean {
  return /^[=+\-@]/.test(merchantRef);
}

const oddBlank = /^\s|\s$|[\u00a0\u2000-\u200a\u202f\u205f]/;

/**
 * True if the reference has leading or trailing whitespace, or a blank that only looks like a
 * space.
 */
export function hasOddBlank(merchantRef: string): boolean {
  return oddBlank.test(merchantRef);
}
