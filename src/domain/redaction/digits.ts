import { type Spellings, toSpellings } from './spellings.ts';

const noDigit = /\D+/g;

/** The digits of each reading of the text, ignoring everything between them. */
export function digitsOf(text: string | Spellings): string[] {
  return [...new Set(toSpellings(text).map((view) => view.text.replace(noDigit, '')))];
}

export function reverseDigits(digits: string): string {
  return [...digits].reverse().join('');
}
