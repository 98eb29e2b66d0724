import type { RowErrorCode } from './error-codes.ts';

/** A card's expiry: `month` is `01` to `12`, `year` has four digits. */
export interface Expiry {
  readonly month: string;
  readonly year: string;
}

/** Maximum distance of an expiry year from today; issuers print no later dates. */
const maxYearsAway = 20;

/*
 * No format is ambiguous. For a year written first without a dash (2912, 202912), the month is out
 * of range or the card expired long ago, so such a file is rejected rather than misread. Without
 * the leading zero, as from a spreadsheet (129, 12029), no format matches.
 */
const monthFirst = /^(\d{2})\/?(\d{2}|\d{4})$/;
const yearFirst = /^(\d{4})-(\d{2})$/;
/** A whole number that a program exported with decimals. */
const decimal = /^\d{1,6}\.0+$/;
const oneOrTwoDigits = /^\d{1,2}$/;
const twoOrFourDigits = /^(?:\d{2}|\d{4})$/;

/**
 * Parses a cell in the formats MM/YY, MM/YYYY, MMYY, MMYYYY and YYYY-MM. Returns the error code if
 * invalid.
 */
export function parseExpiry(text: string): Expiry | RowErrorCode {
  if (text === '') return 'expiry_missing';
  const dashed = yearFirst.exec(text);
  if (dashed) return createExpiry(dashed[2] ?? '', dashed[1] ?? '');
  const compact = monthFirst.exec(text);
  if (compact) return createExpiry(compact[1] ?? '', compact[2] ?? '');
  return decimal.test(text) ? 'expiry_decimal' : 'expiry_format';
}

/**
 * Parses a month of one or two digits and a year of two or four. Returns the error code if invalid.
 */
export function parseExpiryParts(month: string, year: string): Expiry | RowErrorCode {
  if (month === '' || year === '') return 'expiry_missing';
  if (!oneOrTwoDigits.test(month) || !twoOrFourDigits.test(year)) {
    return decimal.test(month) || decimal.test(year) ? 'expiry_decimal' : 'expiry_format';
  }
  return createExpiry(month, year);
}

/** An expiry of a month of one or two digits and a year of two or four; or the error code. */
export function createExpiry(month: string, year: string): Expiry | RowErrorCode {
  const number = Number(month);
  if (number < 1 || number > 12) return 'expiry_month_range';
  return { month: month.padStart(2, '0'), year: year.length === 2 ? `20${year}` : year };
}

/** True after the last day of the expiry month. `today` is `YYYY-MM-DD`. */
export function isExpired(month: string, year: string, today: string): boolean {
  return `${year}-${month}` < today.slice(0, 7);
}

/** The error of an expiry on that day (`YYYY-MM-DD`), or undefined. */
export function classifyExpiry(expiry: Expiry, today: string): RowErrorCode | undefined {
  const yearsAway = Math.abs(Number(expiry.year) - Number(today.slice(0, 4)));
  if (yearsAway > maxYearsAway) return 'expiry_year_range';
  return isExpired(expiry.month, expiry.year, today) ? 'card_expired' : undefined;
}

/** True if the card expires at the end of this month or next month. `today` is `YYYY-MM-DD`. */
export function isExpiringSoon(month: string, year: string, today: string): boolean {
  const monthsLeft =
    (Number(year) - Number(today.slice(0, 4))) * 12 + Number(month) - Number(today.slice(5, 7));
  return monthsLeft === 0 || monthsLeft === 1;
}
