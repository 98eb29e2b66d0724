import { normalizeView } from './digit-normalization.ts';
import { digitsOf, reverseDigits } from './digits.ts';
import type { Spellings } from './spellings.ts';

/**
 * What holds the digits: a text may be removed without loss, so little is enough; an id that is refused may be a lost token,
 * so that chance must not refuse it.
 */
export type DigitHolder = 'text' | 'id';

/** More than a mask shows in one piece: first six and last four. */
const textDigits = 7;
/** Of the six digits or so that a mask hides. */
const hiddenDigits = 5;
const idDigits = 9;
/** Nine digits such as 000000001 are a counter as well as a part of a card; they need company. */
const fewestDifferentDigits = 3;
const uniformIdDigits = 14;

/** True if a reading of the text shares more digits with the card than may be shown, forwards or backwards. */
export function sharesDigits(text: string | Spellings, cardNumber: string, kind: DigitHolder): boolean {
  if (cardNumber === '') return false;
  const parts = partsOf(cardNumber, kind);
  return digitsOf(text).some((digits) => parts.some((part) => digits.includes(part)));
}

/** True if the fields, read one after the other, spell the whole card: a number can be split over two fields. */
export function holdsCardAcross(fields: readonly string[], cardNumber: string): boolean {
  if (cardNumber === '') return false;
  // Each field alone was judged in all its readings; of several together the digits are enough.
  const digits = normalizeView({ text: fields.join('') }).text.replace(/\D+/g, '');
  return digits.includes(cardNumber) || digits.includes(reverseDigits(cardNumber));
}

/** The runs of the card's digits that must not be found. */
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
