import { normalizeView } from './digit-normalization.ts';
import { digitsOf, reverseDigits } from './digits.ts';
import type { Spellings } from './spellings.ts';

/**
 * What contains the digits. Removing a text loses nothing, so few digits suffice. Refusing an id
 * may lose a token, so chance matches must not happen.
 */
export type DigitHolder = 'text' | 'id';

/** More than the longest part that a mask shows: the first six or last four. */
const textDigits = 7;
/** Out of the roughly six digits that a mask hides. */
const hiddenDigits = 5;
const idDigits = 9;
/** Nine digits such as 000000001 may be a counter rather than part of a card. */
const fewestDifferentDigits = 3;
const uniformIdDigits = 14;

/**
 * True if a reading of the text shares more digits with the card than may be shown, forwards or
 * backwards.
 */
export function sharesDigits(text: string | Spellings, cardNumber: string, kind: DigitHolder): boolean {
  if (cardNumber === '') return false;
  const parts = partsOf(cardNumber, kind);
  return digitsOf(text).some((digits) => parts.some((part) => digits.includes(part)));
}

/**
 * True if the fields, read in order, spell the whole card number: a number can be split over two
 * fields.
 */
export function holdsCardAcross(fields: readonly string[], cardNumber: string): boolean {
  if (cardNumber === '') return false;
  // Each field was already checked in all readings; across fields, plain digits are enough.
  const digits = normalizeView({ text: fields.join('') }).text.replace(/\D+/g, '');
  return digits.includes(cardNumber) || digits.includes(reverseDigits(cardNumber));
}

/** The runs of the card's digits that must not occur. */
function partsOf(cardNumber: string, kind: DigitHolder): string[] {
  const parts =
    kind === 'text'
      ? [...runsOf(cardNumber, textDigits), ...runsOf(hiddenPart(cardNumber), hiddenDigits)]
      : [
          ...runsOf(cardNumber, idDigits).filter((run) => new Set(run).size >= fewestDifferentDigits),
          ...runsOf(cardNumber, Math.min(uniformIdDigits, cardNumber.length)),
        ];
  return [...parts, ...parts.map(reverseDigits)];
}

function hiddenPart(cardNumber: string): string {
  return cardNumber.slice(cardNumber.length < 14 ? 0 : 6, -4);
}

function runsOf(digits: string, length: number): string[] {
  return Array.from({ length: Math.max(0, digits.length - length + 1) }, (_, start) =>
    digits.slice(start, start + length),
  );
}
