/*
 * Proposes lines of a mapping that would read the rejected rows of a file. A line is proposed only
 * if it reads all of the cells that are rejected for the same reason. A person decides, since
 * nothing is guessed: if several lines would do, all are named.
 */
import { createAmountReader } from '../domain/amount-style.ts';
import type { CanonicalColumn } from '../domain/columns.ts';
import { currencyDecimals } from '../domain/currencies.ts';
import type { RowErrorCode } from '../domain/error-codes.ts';
import { classifyExpiry } from '../domain/expiry.ts';
import { createExpiryReader } from '../domain/expiry-format.ts';
import { isPlaceholder } from '../domain/placeholders.ts';
import { last4Part } from '../domain/reading-options.ts';
import { classifyAmount } from '../domain/row-amount.ts';
import type { RejectedRow } from '../domain/staged-row.ts';
import type { HeaderOptions } from './header-options.ts';
import { quoteText } from './mapping-text.ts';
import { trimName } from './shown-name.ts';

export interface ReadingProposals {
  /** Adds a rejected row with its cells as they are in the file. */
  add(row: RejectedRow, cells: readonly string[], indexOf: Readonly<Record<CanonicalColumn, number>>): void;
  lines(): readonly string[];
}

/** Lines, and whether they make sense of a cell. */
interface Candidate {
  readonly lines: readonly string[];
  readonly reads: (cell: string, currency: string) => boolean;
}

/** Files are alike from line to line, so the first rejected rows show what is needed. */
const mostRows = 500;

const expiryFormats = [
  ...['M/YY', 'M/YYYY', 'MM-YY', 'MM-YYYY', 'MM.YY', 'MM.YYYY', 'M / YY', 'M / YYYY', 'M YY', 'M YYYY'],
  ...['YYYY/M', 'YYYY.M', 'YYYY M', 'YYYYMM', 'YYMM', 'YY/MM', 'YY-MM', 'MYY', 'MYYYY'],
  ...['YYYY-M-D', 'YYYY/M/D', 'YYYY.M.D', 'YYYYMMDD', 'M/D/YYYY', 'D/M/YYYY', 'D.M.YYYY', 'D-M-YYYY'],
  ...['MMM-YY', 'YY-MMM', 'MMM YY', 'MMM YYYY', 'MMM-YYYY', 'D-MMM-YY', 'D-MMM-YYYY', 'YYYY年M月', 'serial'],
];
const expiryCodes: readonly RowErrorCode[] = ['expiry_format', 'expiry_month_range', 'expiry_decimal'];
const amountCodes: readonly RowErrorCode[] = ['amount_format', 'amount_decimals'];
const signs = ['¥', '￥', '$', '€', '£', '円', '₩'];

export function createReadingProposals(
  options: HeaderOptions & { readonly today: string },
): ReadingProposals {
  const { mapping, today, defaultCurrency = '' } = options;
  const expiry = createTally(mapping?.expiryFormat === undefined ? listExpiryCandidates(today) : []);
  const isStyled = [mapping?.decimal, mapping?.thousands, mapping?.currencySign].some(
    (one) => one !== undefined,
  );
  const amount = createTally(isStyled ? [] : listAmountCandidates());
  const marks = new Set<string>();
  let rows = 0;
  let needsTrim = false;
  let needsCapitals = false;
  let hasSeveralCards = false;
  const refName =
    Object.entries(mapping?.columns ?? {}).find(([, column]) => column === 'merchant_ref')?.[0] ??
    'merchant_ref';
  return {
    add({ errorCodes }, cells, indexOf) {
      rows += 1;
      if (rows > mostRows) return;
      hasSeveralCards ||= errorCodes.length === 1 && errorCodes[0] === 'merchant_ref_duplicate';
      const cellOf = (column: CanonicalColumn): string => cells[indexOf[column]] ?? '';
      const readTrimmed = (column: CanonicalColumn): string => {
        const text = trimName(cellOf(column));
        needsTrim ||= text !== cellOf(column);
        return text;
      };
      const has = (codes: readonly RowErrorCode[]): boolean =>
        errorCodes.some((code) => codes.includes(code));
      if (has(expiryCodes) && indexOf.expiry >= 0) expiry.add(readTrimmed('expiry'), '');
      const currency =
        trimName(cellOf('currency')).toUpperCase() || (mapping?.constants.currency ?? defaultCurrency);
      if (has(amountCodes)) amount.add(readTrimmed('amount'), currency);
      if (has(['currency_format']))
        needsCapitals ||= currencyDecimals(readTrimmed('currency').toUpperCase()) !== undefined;
      if (has(['country_format']))
        needsCapitals ||= /^[a-z]{2}$/i.test(
          readTrimmed('billing_country') || readTrimmed('shipping_country'),
        );
      if (!has(['placeholder_value', 'merchant_ref_placeholder'])) return;
      for (const cell of cells) if (isPlaceholder(cell)) marks.add(cell);
    },
    lines: () => [
      ...expiry.lines(),
      ...amount.lines(),
      ...(needsCapitals && mapping?.upperCase !== true ? ['upper_case: true'] : []),
      ...(needsTrim && mapping?.trim !== true ? ['trim: true'] : []),
      ...(hasSeveralCards && mapping?.reference === undefined
        ? [`reference: { columns: [${quoteText(refName)}, "${last4Part}"], separator: "-" }`]
        : []),
      ...(marks.size > 0 ? [`empty: [${[...marks].map(quoteText).join(', ')}]`] : []),
    ],
  };
}

/** Keeps the candidates that make sense of every cell. */
function createTally(candidates: readonly Candidate[]) {
  let left = candidates;
  let cells = 0;
  return {
    add(cell: string, currency: string): void {
      if (cell === '') return;
      cells += 1;
      left = left.filter(({ reads }) => reads(cell, currency));
    },
    /** The lines of the first candidate, and the others as comments. */
    lines(): readonly string[] {
      if (cells === 0) return [];
      const isNeedless = ({ lines }: Candidate): boolean =>
        left.some(
          (other) => other.lines.length < lines.length && other.lines.every((line) => lines.includes(line)),
        );
      return left
        .filter((candidate) => !isNeedless(candidate))
        .flatMap(({ lines }, index) => (index === 0 ? lines : [`# or: ${lines.join('; ')}`]));
    },
  };
}

function listExpiryCandidates(today: string): readonly Candidate[] {
  return expiryFormats.map((format) => {
    const read = createExpiryReader(format);
    return {
      lines: [`expiry_format: ${format}`],
      reads: (cell) => {
        const expiry = read?.(cell) ?? 'expiry_format';
        return typeof expiry !== 'string' && classifyExpiry(expiry, today) !== 'expiry_year_range';
      },
    };
  });
}

function listAmountCandidates(): readonly Candidate[] {
  const styles = [
    { thousands: ',' },
    { decimal: ',' },
    { decimal: ',', thousands: '.' },
    { thousands: ' ' },
    { decimal: ',', thousands: ' ' },
    { thousands: "'" },
  ];
  const all = [
    ...styles,
    ...signs.flatMap((currencySign) => [
      { currencySign },
      ...styles.map((style) => ({ ...style, currencySign })),
    ]),
  ];
  return all.map((style) => {
    const read = createAmountReader(style);
    const keys = { decimal: 'decimal', thousands: 'thousands', currencySign: 'currency_sign' } as const;
    return {
      lines: Object.entries(style).map(
        ([key, value]) => `${keys[key as keyof typeof keys]}: ${quoteText(value)}`,
      ),
      reads: (cell, currency) => classifyAmount(read?.(cell) ?? '', currency) === undefined,
    };
  });
}
