/*
 * Expiry shapes that a mapping may name, such as `M/YY` or `YYYY-MM-DD`. A cell in another shape is
 * rejected, also in one that is read without a mapping: a file has one shape.
 */
import type { RowErrorCode } from './error-codes.ts';
import { createExpiry, type Expiry } from './expiry.ts';

/** Reads an expiry cell. Returns the error code if it is invalid. */
export type ExpiryReader = (text: string) => Expiry | RowErrorCode;

const months = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july'],
  ...['august', 'september', 'october', 'november', 'december'],
];
/** Longer forms first: each is a whole name, its first three letters, or `sept`. */
const monthNames = [...months, 'sept', ...months.map((name) => name.slice(0, 3))].join('|');

/** What each token matches. The longest ones first, because `M` begins `MMM`. */
const tokens: readonly (readonly [token: string, group: string])[] = [
  ['YYYY', String.raw`(?<year>\d{4})`],
  ['YY', String.raw`(?<year>\d{2})`],
  ['MMM', `(?<name>${monthNames})\\.?`],
  ['MM', String.raw`(?<month>\d{2})`],
  ['M', String.raw`(?<month>\d{1,2})`],
  ['DD', String.raw`(?<day>\d{2})`],
  ['D', String.raw`(?<day>\d{1,2})`],
];
const separator = /^[-/. ,年月日]$/;

/** A spreadsheet's number of a day, counted from 30 December 1899. */
export const serialFormat = 'serial';
const serial = /^\d{5}(?:\.0+)?$/;
const dayMs = 86_400_000;

/**
 * The reader of a format; undefined if it is none: exactly one month (`M`, `MM`, `MMM`) and one
 * year (`YY`, `YYYY`), at most one day (`D`, `DD`), and separators. `serial`: a day number of a
 * spreadsheet.
 */
export function createExpiryReader(format: string): ExpiryReader | undefined {
  if (format === serialFormat) return readSerial;
  let pattern = '';
  const found: string[] = [];
  for (let at = 0; at < format.length; ) {
    const token = tokens.find(([name]) => format.startsWith(name, at));
    if (token !== undefined) {
      pattern += token[1];
      found.push(token[0].charAt(0));
      at += token[0].length;
    } else if (separator.test(format.charAt(at))) {
      pattern += `\\${format.charAt(at)}`.replace(/^\\(?=[^\x20-\x7e])/, '');
      at += 1;
    } else return undefined;
  }
  if (!['MY', 'DMY'].includes(found.sort().join(''))) return undefined;
  const shape = new RegExp(`^${pattern.replaceAll('\\ ', ' ').replaceAll('\\,', ',')}$`, 'i');
  return (text) => {
    if (text === '') return 'expiry_missing';
    const groups = shape.exec(text)?.groups;
    if (groups === undefined) return 'expiry_format';
    const { year = '', month, name = '', day = '1' } = groups;
    if (Number(day) < 1 || Number(day) > 31) return 'expiry_format';
    return createExpiry(month ?? String(monthOf(name)), year);
  };
}

function monthOf(name: string): number {
  return months.findIndex((month) => month.startsWith(name.slice(0, 3).toLowerCase())) + 1;
}

function readSerial(text: string): Expiry | RowErrorCode {
  if (text === '') return 'expiry_missing';
  if (!serial.test(text)) return 'expiry_format';
  const date = new Date(Date.UTC(1899, 11, 30) + Number(text) * dayMs);
  return createExpiry(String(date.getUTCMonth() + 1), String(date.getUTCFullYear()));
}
