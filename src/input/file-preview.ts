import { type AmountSum, createAmountSum } from '../domain/amount.ts';
import { isLuhnValid } from '../domain/card.ts';
import { createDigestTable, type DigestTable } from '../domain/digest-table.ts';
import type { RowErrorCode } from '../domain/error-codes.ts';
import { isExpiringSoon } from '../domain/expiry.ts';
import { hasOddBlank, isFormulaLike } from '../domain/merchant-ref.ts';
import type { CheckedRow, RejectedRow, SendableRow, SkippedRow, StagedRow } from '../domain/staged-row.ts';
import { type ReadRowsOptions, readRows } from './csv-rows.ts';
import { createFingerprinter } from './fingerprinter.ts';
import type { RowSet } from './row-set.ts';

/** How many rows something is true of, and the lines of the first five. */
export interface LineSample {
  readonly count: number;
  /** Lines of the file, from 1. */
  readonly firstLines: readonly number[];
}

/** Rows whose card an earlier row has, with the earlier rows' numbers beside the lines. */
export interface SharedCardSample extends LineSample {
  readonly earlierRows: readonly number[];
}

/** What does not stop a row, but wants to be confirmed before the start. Of sendable rows, unless said otherwise. */
export interface PreviewWarnings {
  /** Rows whose card an earlier sendable row has, too. */
  readonly sharedCards: SharedCardSample;
  /** Rows of brands that few gateways take, or of no brand we know. */
  readonly unusualBrands: LineSample;
  /** UnionPay numbers that fail the Luhn check, by right or by a wrong digit. */
  readonly unionpayLuhn: LineSample;
  /** References, of rejected rows too, that a spreadsheet would take for a formula. */
  readonly formulaRefs: LineSample;
  /** References, of rejected rows too, with a blank at an end or a blank that only looks like a space. */
  readonly oddBlankRefs: LineSample;
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
  /** Rows that have their token by an earlier result: neither sent nor charged. */
  readonly skippedRows: number;
  /** A row counts under each of its codes. */
  readonly byErrorCode: Readonly<Partial<Record<RowErrorCode, LineSample>>>;
  readonly warnings: PreviewWarnings;
  /** Sendable rows by scheme. */
  readonly brands: Readonly<Record<string, number>>;
  /** Exact sums over the sendable rows as decimals, by currency. */
  readonly amounts: Readonly<Record<string, string>>;
  /** By currency: how many sendable rows, and the amount of each where it is the same. */
  readonly charges: Readonly<Record<string, { readonly rows: number; readonly each?: string }>>;
}

/** What a preview is made with. */
export interface PreviewFileOptions extends ReadRowsOptions {
  /** Filled with the sendable rows' cards, for a caller that wants to look them up afterwards. */
  readonly cards?: DigestTable;
  /** Filled with the numbers of the rows that are not sent: rejected or skipped. */
  readonly unsent?: RowSet;
  /** What a row is staged as; called once for each row, in order. */
  readonly carryOver?: (row: CheckedRow) => StagedRow;
  /** Given every portion of rows before it is counted; waited for. */
  readonly onRows?: (rows: readonly CheckedRow[]) => Promise<void>;
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
    await options.onRows?.(rows);
    for (const checked of rows) {
      const row = options.carryOver?.(checked) ?? checked;
      switch (row.kind) {
        case 'sendable':
          tally.addSendable(row);
          break;
        case 'rejected':
          tally.addRejected(row);
          break;
        case 'skipped':
          tally.addSkipped(row);
      }
    }
    options.onProgress?.({ bytesRead: reading.bytesRead, bytesTotal: reading.bytesTotal });
  }
  return { sha256: reading.sha256 ?? '', bytes: reading.bytesRead, ...tally.result() };
}

function createPreviewTally({
  today,
  fingerprintKey,
  cards = createDigestTable(),
  unsent,
}: PreviewFileOptions) {
  const fingerprint = createFingerprinter(fingerprintKey, 'card_number');
  const counts = { sendable: 0, rejected: 0, skipped: 0 };
  const byErrorCode = new Map<RowErrorCode, LineCounter>();
  const brands = new Map<string, number>();
  const amounts = new Map<string, AmountSum>();
  const charges = new Map<string, { rows: number; each: string; isOne: boolean }>();
  const warnings = {
    sharedCards: createLineCounter(),
    unusualBrands: createLineCounter(),
    unionpayLuhn: createLineCounter(),
    formulaRefs: createLineCounter(),
    oddBlankRefs: createLineCounter(),
    expiringSoon: createLineCounter(),
  };
  const earlierRows: number[] = [];
  return {
    addSkipped(row: SkippedRow): void {
      counts.skipped += 1;
      unsent?.add(row.row);
    },
    addSendable(row: SendableRow): void {
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
      if (isExpiringSoon(row.expiryMonth, row.expiryYear, today)) warnings.expiringSoon.add(row.line);
    },
    addRejected(row: RejectedRow): void {
      counts.rejected += 1;
      unsent?.add(row.row);
      for (const code of row.errorCodes) getOrCreate(byErrorCode, code, createLineCounter).add(row.line);
      if (isFormulaLike(row.merchantRef)) warnings.formulaRefs.add(row.line);
      if (hasOddBlank(row.merchantRef)) warnings.oddBlankRefs.add(row.line);
    },
    result(): Omit<FilePreview, 'sha256' | 'bytes'> {
      return {
        rows: counts.sendable + counts.rejected + counts.skipped,
        sendableRows: counts.sendable,
        rejectedRows: counts.rejected,
        skippedRows: counts.skipped,
        byErrorCode: Object.fromEntries([...byErrorCode].map(([code, lines]) => [code, lines.sample()])),
        warnings: {
          sharedCards: { ...warnings.sharedCards.sample(), earlierRows },
          unusualBrands: warnings.unusualBrands.sample(),
          unionpayLuhn: warnings.unionpayLuhn.sample(),
          formulaRefs: warnings.formulaRefs.sample(),
          oddBlankRefs: warnings.oddBlankRefs.sample(),
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
