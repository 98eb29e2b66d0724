import { brandOf, isLuhnValid } from '../card.ts';
import { reverseDigits } from './digits.ts';
import { maskDigestsAndTimes, maskUuids } from './ordinary-numbers.ts';
import { type Spellings, spellingsOf } from './spellings.ts';
import { originalRange, type TextRange } from './view.ts';

/*
 * Finds numbers that could be cards without knowing any card: sequences of whole digit groups that
 * together match a brand, a length and the Luhn check. One in ten numbers of a brand passes Luhn by
 * chance, so the text between two groups is limited: the more it resembles words, the shorter or
 * more regular it must be.
 */
const shortestNumber = 13;
const longestNumber = 19;
/** Any characters: `x`, `%20`, `and`. */
const longestGap = 4;
/** Blanks and punctuation: neither letters nor digits. */
const longestBlankGap = 8;
/** The same text between all groups: ` and `, `</td><td>`. */
const longestEqualGap = 16;

const group = /\d+/g;
const letter = /\p{L}/u;
const letterOrDigit = /[\p{L}\p{N}]/u;

/** The parts of the original text that spell a card-like number. Mask uuids first. */
export function findCardLikeNumbers(spellings: Spellings): TextRange[] {
  return spellings.flatMap((view) =>
    windowsOf(view.text).map(({ start, end }) => originalRange(view, start, end)),
  );
}

/**
 * True if any reading of the text contains a card-like number, apart from uuids, digests and times.
 */
export function looksLikeCardNumber(text: string): boolean {
  return spellingsOf(maskUuids(text)).some((view) => windowsOf(view.text).length > 0);
}

/** True for digits that match a brand, one of its lengths, and the Luhn check. */
export function isCardLikeNumber(digits: string): boolean {
  return (
    digits.length >= shortestNumber &&
    digits.length <= longestNumber &&
    isLuhnValid(digits) &&
    brandOf(digits)?.lengths.includes(digits.length) === true
  );
}

/**
 * True for a text that is nothing but a card-like number, forwards or backwards: its digits and
 * punctuation, or its groups with the same letters between all of them.
 */
export function isCardNumberOnly(text: string): boolean {
  const groups = text.match(group) ?? [];
  const digits = groups.join('');
  if (!isCardLikeNumber(digits) && !isCardLikeNumber(reverseDigits(digits))) return false;
  if (!letter.test(text)) return true;
  const gaps = text.split(group);
  const between = gaps.slice(1, -1);
  return (
    !letter.test(`${gaps[0]}${gaps.at(-1)}`) &&
    between.every((gap) => gap === between[0] && gap.length <= longestEqualGap)
  );
}

function windowsOf(fullText: string): TextRange[] {
  // Only at this point, because a digest may itself be a number in hexadecimal, which is another
  // reading.
  const text = maskDigestsAndTimes(fullText);
  const groups = [...text.matchAll(group)].map(({ 0: digits, index }) => ({
    digits,
    start: index,
    end: index + digits.length,
  }));
  const found: TextRange[] = [];
  for (let first = 0; first < groups.length; first += 1) addWindows(text, groups, first, found);
  return found;
}

interface DigitGroup extends TextRange {
  readonly digits: string;
}

/** Adds the windows that begin with the group `first`. */
function addWindows(text: string, groups: readonly DigitGroup[], first: number, found: TextRange[]): void {
  let digits = '';
  let firstGap: string | undefined;
  let isEqual = true;
  let mustBeEqual = false;
  let previous: DigitGroup | undefined;
  for (let index = first; index < groups.length; index += 1) {
    const current = groups[index];
    if (current === undefined || digits.length + current.digits.length > longestNumber) return;
    if (previous !== undefined) {
      if (current.start - previous.end > longestEqualGap) return;
      const gap = text.slice(previous.end, current.start);
      firstGap ??= gap;
      isEqual &&= gap === firstGap;
      mustBeEqual ||= gap.length > (letterOrDigit.test(gap) ? longestGap : longestBlankGap);
      if (mustBeEqual && !isEqual) return;
    }
    digits += current.digits;
    previous = current;
    // Backwards only if the gaps are equal: otherwise two times in a row would match too often.
    if (isCardLikeNumber(digits) || (isEqual && isCardLikeNumber(reverseDigits(digits)))) {
      found.push({ start: groups[first]?.start ?? 0, end: current.end });
    }
  }
}
