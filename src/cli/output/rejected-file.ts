/*
 * The rejected rows as a file for the merchant. It is opened in a spreadsheet, so formulas are
 * escaped. It is read by people, so each row has a sentence. It contains no whole card number.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import { describeToMerchant, type SentenceLanguage } from '../../domain/merchant-sentences.ts';
import type { RowLimits } from '../../domain/row-limits.ts';
import type { RejectedRow, StagedRow } from '../../domain/staged-row.ts';
import { CliError } from '../cli-error.ts';

/** The columns. They are stable, since a merchant's scripts may read them. */
export const rejectedColumns = ['line', 'row', 'merchant_ref', 'card', 'error_codes', 'reason'] as const;

const header = stringify([rejectedColumns]);
const byteOrderMark = '\ufeff';

export interface RejectedFile {
  /** Writes the rejected ones among the rows. */
  add(rows: readonly StagedRow[]): Promise<void>;
  /** Renames the file to its final name. */
  finish(): Promise<void>;
  /** Removes the temporary file; does nothing after `finish`. */
  discard(): Promise<void>;
}

/**
 * Starts the file under a temporary name next to its own. Throws CliError if it cannot be written,
 * or if another file has its name: only an earlier file of rejected rows is replaced.
 */
export async function createRejectedFile(
  path: string,
  language: SentenceLanguage,
  limits: RowLimits,
): Promise<RejectedFile> {
  await refuseOtherFile(path);
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await tryTo(path, () => open(temporary, 'wx', 0o600));
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  // Japanese Excel reads a file without the mark as Shift_JIS. Other programs read the mark as part
  // of the first column name.
  await tryTo(path, () => file.writeFile(language === 'ja' ? byteOrderMark + header : header));
  return {
    async add(rows) {
      const rejected = rows.filter((row) => row.kind === 'rejected');
      if (rejected.length === 0) return;
      await tryTo(path, () => file.writeFile(formatRejectedRows(rejected, language, limits)));
    },
    async finish() {
      await tryTo(path, () => file.sync());
      await close();
      await tryTo(path, () => rename(temporary, path));
    },
    async discard() {
      await close();
      await rm(temporary, { force: true });
    },
  };
}

/** Rejected rows as lines of CSV for a spreadsheet (CWE-1236). */
export function formatRejectedRows(
  rows: readonly RejectedRow[],
  language: SentenceLanguage,
  limits: RowLimits,
): string {
  return stringify(
    rows.map(({ line, row, merchantRef, maskedCard, errorCodes }) => [
      line,
      row,
      merchantRef,
      maskedCard,
      errorCodes.join(' '),
      describeToMerchant(errorCodes, language, limits),
    ]),
    { escape_formulas: true },
  );
}

async function refuseOtherFile(path: string): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw cannotWrite(path, error);
  }
  try {
    const { buffer, bytesRead } = (await file.stat()).isFile()
      ? await file.read(Buffer.alloc(200), 0, 200, 0)
      : { buffer: Buffer.alloc(0), bytesRead: 0 };
    const start = buffer.subarray(0, bytesRead).toString('utf8').replace(byteOrderMark, '');
    if (start.startsWith(header)) return;
  } finally {
    await file.close();
  }
  throw new CliError(`Cannot write ${path}: another file is already there. Choose another path`);
}

async function tryTo<Result>(path: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function cannotWrite(path: string, error: unknown): CliError {
  return new CliError(`Cannot write ${path} (${codeOf(error)}). Choose another path`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
