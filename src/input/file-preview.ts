import { type AmountSum, createAmountSum } from '../domain/amount.ts';
import { isLuhnValid } from '../domain/card.ts';
import type { RowErrorCode } from '../domain/error-codes.ts';
import { isExpiringSoon } from '../domain/expiry.ts';
import { isFormulaLike } from '../domain/merchant-ref.ts';
import type { RejectedRow, SendableRow } from '../domain/staged-row.ts';
import { type ReadRowsOptions, readRows } from './csv-rows.ts';
import { createDigestTable } from './digest-table.ts';
import { createFingerprinter } from './fingerprint.ts';

/** How many rows something is true of, and the lines of the first five. */
export interface LineSample {
  readonly count: number;
  /** Lines of the file, from 1. */
  readonly firstLines: readonly number[];
}

/** What does not stop a row, but wants to be confirmed before the start. Of sendable rows, unless said otherwise. */
export interface PreviewWarnings {
  /** Rows whose card an earlier sendable row has, too. */
  readonly sharedCards: LineSample;
  /** Rows of brands that few gateways take, or of no brand we know. */
  readonly unusualBrands: LineSample;
  /** UnionPay numbers that fail the Luhn check, by right or by a wrong digit. */
  readonly unionpayLuhn: LineSample;
  /** References, of rejected rows too, that a spreadsheet would take for a formula. */
  readonly formulaRefs: LineSample;
  /** Cards that expire at the end of this month or of the next. */
  readonly expiringSoon: LineSample;
}

/** A file as it would be staged: counts, lines and sums, but no cell. JSON-safe. */
export interface FilePreview {
  /** Of the file's bytes, in hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
  readonly sendableRows: number;
  readonly rejectedRows: number;
  /** A row counts under each of its codes. */
  readonly byErrorCode: Readonly<Partial<Record<RowErrorCode, LineSample>>>;
  readonly warnings: PreviewWarnings;
  /** Sendable rows by scheme. */
  readonly brands: Readonly<Record<string, number>>;
  /** Exact sums over the sendable rows as decimals, by currency. */
  readonly amounts: Readonly<Record<string, string>>;
}

/** What a preview is made with. */
export interface PreviewFileOptions extends ReadRowsOptions {
  /** Told after every portion of rows. */
  readonly onProgress?: (progress: { readonly bytesRead: number; readonly bytesTotal: number }) => void;
}

const sampleLines = 5;
const unusualBrands: ReadonlySet<string> = new Set(['unknown', 'maestro', 'unionpay']);

/** Reads and checks the whole file without keeping a row. Throws what `readRows` throws. */
export async function previewFile(path: string, options: PreviewFileOptions): Promise<FilePreview> {
  const tally = createPreviewTally(options);
  const reading = readRows(path, options);
  for await (const rows of reading) {
    for (const row of rows) row.kind === 'sendable' ? tally.addSendable(row) : tally.addRejected(row);
    options.onProgress?.({ bytesRead: reading.bytesRead, bytesTotal: reading.bytesTotal });
  }
  return { sha256: reading.sha256 ?? '', bytes: reading.bytesRead, ...tally.result() };
}

function createPreviewTally({ today, fingerprintKey }: ReadRowsOptions) {
  const fingerprint = createFingerprinter(fingerprintKey, 'card_number');
  const cards = createDigestTable();
  const counts = { sendable: 0, rejected: 0 };
  const byErrorCode = new Map<RowErrorCode, LineCounter>();
  const brands = new Map<string, number>();
  const amounts = new Map<string, AmountSum>();
  const warnings = {
    sharedCards: createLineCounter(),
    unusualBrands: createLineCounter(),
    unionpayLuhn: createLineCounter(),
    formulaRefs: createLineCounter(),
    expiringSoon: createLineCounter(),
  };
  return {
    addSendable(row: SendableRow): void {
      counts.sendable += 1;
      brands.set(row.scheme, (brands.get(row.scheme) ?? 0) + 1);
      getOrCreate(amounts, row.currency, createAmountSum).add(row.amount);
      if (cards.add(fingerprint(row.cardNumber), row.row) !== undefined) warnings.sharedCards.add(row.line);
      if (unusualBrands.has(row.scheme)) warnings.unusualBrands.add(row.line);
      if (row.scheme === 'unionpay' && !isLuhnValid(row.cardNumber)) warnings.unionpayLuhn.add(row.line);
      if (isFormulaLike(row.merchantRef)) warnings.formulaRefs.add(row.line);
      if (isExpiringSoon(row.expiryMonth, row.expiryYear, today)) warnings.expiringSoon.add(row.line);
    },
    addRejected(row: RejectedRow): void {
      counts.rejected += 1;
      for (const code of row.errorCodes) getOrCreate(byErrorCode, code, createLineCounter).add(row.line);
      if (isFormulaLike(row.merchantRef)) warnings.formulaRefs.add(row.line);
    },
    result(): Omit<FilePreview, 'sha256' | 'bytes'> {
      return {
        rows: counts.sendable + counts.rejected,
        sendableRows: counts.sendable,
        rejectedRows: counts.rejected,
        byErrorCode: Object.fromEntries([...byErrorCode].map(([code, lines]) => [code, lines.sample()])),
        warnings: {
          sharedCards: warnings.sharedCards.sample(),
          unusualBrands: warnings.unusualBrands.sample(),
          unionpayLuhn: warnings.unionpayLuhn.sample(),
          formulaRefs: warnings.formulaRefs.sample(),
          expiringSoon: warnings.expiringSoon.sample(),
        },
        brands: Object.fromEntries(brands),
        amounts: Object.fromEntries([...amounts].map(([currency, sum]) => [currency, sum.total()])),
      };
    },
  };
}

interface LineCounter {
  add(line: number): void;
  sample(): LineSample;
}

function createLineCounter(): LineCounter {
  let count = 0;
  const firstLines: number[] = [];
  return {
    add(line) {
      count += 1;
      if (firstLines.length < sampleLines) firstLines.push(line);
    },
    sample: () => ({ count, firstLines }),
  };
}

function getOrCreate<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const created = create();
  map.set(key, created);
  return created;
}
