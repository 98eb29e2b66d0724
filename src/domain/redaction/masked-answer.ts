/*
 * Masks a gateway answer for display: digits are masked, and terminal control characters removed.
 */
import { scrubDigitRuns } from '../scrub.ts';
import { sharesDigits } from './own-card.ts';

/** Four digits or more, with at most one character between two of them. */
const digitRun = /\p{Nd}(?:[\s.,:/_-]?\p{Nd}){3,}/gu;
const anyDigit = /\p{N}/gu;
const notShown = '[not shown: it spells the card number in another way]';

/**
 * The text with all digit runs masked. `cardNumber`: the row's, if known, so that no other spelling
 * of it passes.
 */
export function maskAnswer(text: string, cardNumber: string | undefined): string {
  const printable = text.replace(/[^\P{C}\n\t]/gu, '·');
  const masked = scrubDigitRuns(printable.replace(digitRun, (run) => run.replace(anyDigit, '*')));
  if (cardNumber === undefined || !sharesDigits(masked, cardNumber, 'text')) return masked;
  const withoutDigits = masked.replace(anyDigit, '*');
  return sharesDigits(withoutDigits, cardNumber, 'text') ? notShown : withoutDigits;
}
