import { type AmountSum, createAmountSum } from '../domain/amount.ts';
import { isLuhnValid } from '../domain/card.ts';
import type { CanonicalColumn } from '../domain/columns.ts';
import { createDigestTable, type DigestTable } from '../domain/digest-table.ts';
import { type Doubt, findLostCharacters, findUnlikelyValues } from '../domain/doubtful-values.ts';
import type { RowErrorCode } from '../domain/error-codes.ts';
import { isExpiringSoon } from '../domain/expiry.ts';
import { hasOddBlank, isFormulaLike } from '../domain/merchant-ref.ts';
import { isSpreadsheetLike } from '../domain/spreadsheet-damage.ts';
import type { RejectedRow, SendableRow, SkippedRow } from '../domain/staged-row.ts';
import { createFingerprinter } from './fingerprinter.ts';
import {
  createLineCounter,
  createLineCounters,
  type LineCounters,
  type LineSample,
  sampleLines,
} from './line-samples.ts';
import type { RowSet } from './row-set.ts';

/**
 * Rows whose card an earlier row has. `earlierRows`: the earlier rows' numbers, in the order of
 * `firstLines`.
 */
export interface SharedCardSample extends LineSample {
  readonly earlierRows: readonly number[];
}

export type ColumnSamples = Readonly<Partial<Record<CanonicalColumn, LineSample>>>;

/**
 * Findings that do not stop a row but must be confirmed before the start. Sendable rows only,
 * unless noted.
 */
export interface PreviewWarnings {
  /** Rows whose card an earlier sendable row also has. */
  readonly sharedCards: SharedCardSample;
  /** Rows of brands that few gateways accept, or of an unknown brand. */
  readonly unusualBrands: LineSample;
  /** UnionPay numbers that fail the Luhn check; some are valid, some have a wrong digit. */
  readonly unionpayLuhn: LineSample;
  /** References that a spreadsheet would execute as a formula. Includes rejected rows. */
  readonly formulaRefs: LineSample;
  /**
   * References with leading or trailing whitespace, or with a blank that only looks like a space.
   * Includes rejected rows.
   */
  readonly oddBlankRefs: LineSample;
  /** References that a spreadsheet may have changed: rounded, or turned into a date. */
  readonly spreadsheetRefs: LineSample;
  /** Texts with U+FFFD in place of a letter that was lost, by column. */
  readonly lostCharacters: ColumnSamples;
  /** Values that do not fit their column, as if cells had slipped, by column. */
  readonly unlikelyValues: ColumnSamples;
  /** Cards that expire at the end of this month or next month. */
  readonly expiringSoon: LineSample;
}

/** The totals of the rows. */
export interface PreviewTotals {
  readonly rows: number;
  readonly sendableRows: number;
  readonly rejectedRows: number;
  /** Rows that already have a token from an earlier result: neither sent nor charged. */
  readonly skippedRows: number;
  /** A row counts under each of its codes. */
  readonly byErrorCode: Readonly<Partial<Record<RowErrorCode, LineSample>>>;
  readonly warnings: PreviewWarnings;
  /** Sendable rows by scheme. */
  readonly brands: Readonly<Record<string, number>>;
  /** Exact sums of the sendable rows as decimals, by currency. */
  readonly amounts: Readonly<Record<string, string>>;
  /** By currency: the number of sendable rows, and their amount if it is the same for all. */
  readonly charges: Readonly<Record<string, { readonly rows: number; readonly each?: string }>>;
}

export interface PreviewTallyOptions {
  /** Date of the check, `YYYY-MM-DD`. */
  readonly today: string;
  readonly fingerprintKey: Uint8Array;
  /** Filled with the sendable rows' cards, for lookups by the caller. */
  readonly cards?: DigestTable;
  /** Filled with the numbers of rows that are not sent: rejected or skipped. */
  readonly unsent?: RowSet;
}

const unusualBrands: ReadonlySet<string> = new Set(['unknown', 'maestro', 'unionpay']);

/** Counts the rows of a preview without keeping them. */
export function createPreviewTally({
  today,
  fingerprintKey,
  cards = createDigestTable(),
  unsent,
}: PreviewTallyOptions) {
  const fingerprint = createFingerprinter(fingerprintKey, 'card_number');
  const counts = { sendable: 0, rejected: 0, skipped: 0 };
  const byErrorCode = createLineCounters<RowErrorCode>();
  const brands = new Map<string, number>();
  const amounts = new Map<string, AmountSum>();
  const charges = new Map<string, { rows: number; each: string; isOne: boolean }>();
  const warnings = {
    sharedCards: createLineCounter(),
    unusualBrands: createLineCounter(),
    unionpayLuhn: createLineCounter(),
    formulaRefs: createLineCounter(),
    oddBlankRefs: createLineCounter(),
    spreadsheetRefs: createLineCounter(),
    expiringSoon: createLineCounter(),
  };
  const doubts: Readonly<Record<Doubt, LineCounters<CanonicalColumn>>> = {
    lost_character: createLineCounters(),
    unlikely_value: createLineCounters(),
  };
  const earlierRows: number[] = [];
  let line = 0;
  const addDoubt = (column: CanonicalColumn, doubt: Doubt): void => doubts[doubt].add(column, line);
  return {
    addSkipped(row: SkippedRow): void {
      counts.skipped += 1;
      unsent?.add(row.row);
    },
    addSendable(row: SendableRow, mayHaveLostCharacters: boolean): void {
      counts.sendable += 1;
      brands.set(row.scheme, (brands.get(row.scheme) ?? 0) + 1);
      getOrCreate(amounts, row.currency, createAmountSum).add(row.amount);
      const charge = getOrCreate(charges, row.currency, () => ({ rows: 0, each: row.amount, isOne: true }));
      charge.rows += 1;
      charge.isOne &&= charge.each === row.amount;
      const earlierRow = cards.add(fingerprint(row.cardNumber), row.row);
      if (earlierRow !== undefined) {
        warnings.sharedCards.add(row.line);
        if (earlierRows.length < sampleLines) earlierRows.push(earlierRow);
      }
      if (unusualBrands.has(row.scheme)) warnings.unusualBrands.add(row.line);
      if (row.scheme === 'unionpay' && !isLuhnValid(row.cardNumber)) warnings.unionpayLuhn.add(row.line);
      if (isFormulaLike(row.merchantRef)) warnings.formulaRefs.add(row.line);
      if (hasOddBlank(row.merchantRef)) warnings.oddBlankRefs.add(row.line);
      if (isSpreadsheetLike(row.merchantRef)) warnings.spreadsheetRefs.add(row.line);
      line = row.line;
      findUnlikelyValues(row, addDoubt);
      if (mayHaveLostCharacters) findLostCharacters(row, addDoubt);
      if (isExpiringSoon(row.expiryMonth, row.expiryYear, today)) warnings.expiringSoon.add(row.line);
    },
    addRejected(row: RejectedRow): void {
      counts.rejected += 1;
      unsent?.add(row.row);
      for (const code of row.errorCodes) byErrorCode.add(code, row.line);
      if (isFormulaLike(row.merchantRef)) warnings.formulaRefs.add(row.line);
      if (hasOddBlank(row.merchantRef)) warnings.oddBlankRefs.add(row.line);
    },
    totals(): PreviewTotals {
      return {
        rows: counts.sendable + counts.rejected + counts.skipped,
        sendableRows: counts.sendable,
        rejectedRows: counts.rejected,
        skippedRows: counts.skipped,
        byErrorCode: byErrorCode.samples(),
        warnings: {
          sharedCards: { ...warnings.sharedCards.sample(), earlierRows },
          unusualBrands: warnings.unusualBrands.sample(),
          unionpayLuhn: warnings.unionpayLuhn.sample(),
          formulaRefs: warnings.formulaRefs.sample(),
          oddBlankRefs: warnings.oddBlankRefs.sample(),
          spreadsheetRefs: warnings.spreadsheetRefs.sample(),
          lostCharacters: doubts.lost_character.samples(),
          unlikelyValues: doubts.unlikely_value.samples(),
          expiringSoon: warnings.expiringSoon.sample(),
        },
        brands: Object.fromEntries(brands),
        amounts: Object.fromEntries([...amounts].map(([currency, sum]) => [currency, sum.total()])),
        charges: Object.fromEntries(
          [...charges].map(([currency, { rows, each, isOne }]) => [
            currency,
            isOne ? { rows, each } : { rows },
          ]),
        ),
      };
    },
  };
}

function getOrCreate<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const created = create();
  map.set(key, created);
  return created;
}
