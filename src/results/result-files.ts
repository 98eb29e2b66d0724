/*
 * The columns of the result files. Scripts read them, so they are stable. docs/results.md describes
 * them for people.
 */
import { stringify } from 'csv-stringify/sync';
import { errorCodeEntry, type RowErrorCode, rowErrorCodes } from '../domain/error-codes.ts';
import type { OutcomeLine } from './outcome-line.ts';

export const resultColumns = [
  'row',
  'merchant_ref',
  'outcome',
  'stored_payment_method_id',
  'error_code',
  'error_message',
  'next_step',
  'transaction_id',
  'merchant_txn_ref',
  'amount',
  'currency',
  'scheme',
  'card',
  'sends',
  'completed_at',
] as const;

export const unresolvedColumns = [
  'row',
  'merchant_ref',
  'outcome',
  'error_code',
  'error_message',
  'next_step',
  'merchant_txn_ref',
  'sent_at',
  'card',
  'amount',
  'currency',
  'scheme',
  'completed_at',
  'resolution',
  'transaction_id',
  'stored_payment_method_id',
] as const;

export const chargeColumns = [
  'row',
  'merchant_ref',
  'outcome',
  'transaction_id',
  'merchant_txn_ref',
  'amount',
  'currency',
  'scheme',
  'card',
  'stored_payment_method_id',
  'completed_at',
] as const;

type Cells = Record<string, string | number>;

function isKnownCode(code: string): code is RowErrorCode {
  return Object.hasOwn(rowErrorCodes, code);
}

/** The cells of a line, also for a row without an outcome. */
export function cellsOf(line: Omit<OutcomeLine, 'outcome'> & Partial<Pick<OutcomeLine, 'outcome'>>): Cells {
  const code = line.errorCode;
  const entry = code !== undefined && isKnownCode(code) ? errorCodeEntry(code) : undefined;
  return {
    row: line.row,
    merchant_ref: line.merchantRef,
    outcome: line.outcome ?? '',
    stored_payment_method_id: line.storedPaymentMethodId ?? '',
    error_code: code ?? '',
    error_message: [entry?.text, line.message].filter((text) => text !== undefined).join(': '),
    next_step: [entry?.nextStep, line.remark].filter((text) => text !== undefined).join('. '),
    transaction_id: line.transactionId ?? '',
    merchant_txn_ref: line.merchantTxnRef ?? '',
    amount: line.amount,
    currency: line.currency,
    scheme: line.scheme,
    card: line.card,
    sends: line.sends,
    sent_at: line.sentAt ?? '',
    completed_at: line.completedAt ?? '',
    resolution: '',
  } satisfies Cells;
}

/**
 * True for a row that a person must examine: it may have been charged, or was charged without a
 * token.
 */
export function isUnresolved(line: OutcomeLine): boolean {
  return line.outcome === 'unknown' || line.outcome === 'charged_without_token';
}

export const headerOf = (columns: readonly string[]): string => stringify([columns]);

/** CSV for machines: every cell verbatim. `passed`: how many columns are passed through. */
export function toExactCsv(lines: readonly OutcomeLine[], columns: readonly string[], passed = 0): string {
  if (lines.length === 0) return '';
  if (passed === 0) return stringify(lines.map(cellsOf), { columns: [...columns] });
  return stringify(
    lines.map((line) => {
      const cells = cellsOf(line);
      return [...columns.map((column) => cells[column]), ...passedCellsOf(line, passed)];
    }),
  );
}

/** The cells that are passed through. A row that could not be read has none. */
export function passedCellsOf(line: Pick<OutcomeLine, 'passed'>, count: number): string[] {
  return Array.from({ length: count }, (_, index) => line.passed?.[index] ?? '');
}

/**
 * CSV for spreadsheets: cells that a spreadsheet would execute as formulas are escaped (CWE-1236).
 */
export function toSpreadsheetCsv(lines: readonly OutcomeLine[], columns: readonly string[]): string {
  return lines.length === 0
    ? ''
    : stringify(lines.map(cellsOf), { columns: [...columns], escape_formulas: true });
}
