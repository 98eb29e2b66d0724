/*
 * Reads unresolved.csv as it comes back from a spreadsheet: with another delimiter, a byte order
 * mark, quotes against formulas, or reordered columns. Nothing is guessed: anything unreadable is
 * an error with its line number.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { FileRefusedError } from './file-refused-error.ts';
import { detectDelimiter } from './first-lines.ts';

const neededColumns = [
  'row',
  'merchant_ref',
  'merchant_txn_ref',
  'resolution',
  'transaction_id',
  'stored_payment_method_id',
] as const;

/** A line of the file, with its cells. */
export type ResolutionCells = Readonly<Record<(typeof neededColumns)[number], string>> & {
  /** The file's line, from 1. */
  readonly line: number;
};

export interface ResolutionFile {
  readonly sha256: string;
  readonly lines: readonly ResolutionCells[];
}

/** Reads the file. Throws FileRefusedError, whose message quotes no cell. */
export async function readResolutionFile(path: string): Promise<ResolutionFile> {
  const bytes = await readFile(path).catch((error) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new FileRefusedError(isMissing ? 'file_missing' : 'file_unreadable');
  });
  if (!isUtf8(bytes)) throw new FileRefusedError('encoding_not_utf8');
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const [header = ''] = text.split(/\r\n|\n|\r/, 1);
  if (header.trim() === '') throw new FileRefusedError('file_empty');
  const rows = parseRows(text, detectDelimiter(header));
  const names = rows[0]?.cells.map((name) => name.trim()) ?? [];
  const missing = neededColumns.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new FileRefusedError('header_required_missing', { line: 1, columns: missing });
  }
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    lines: rows.slice(1).map(({ cells, line }) => {
      if (cells.length !== names.length) {
        throw new FileRefusedError('header_mapping', { line, hint: 'the row has the wrong number of cells' });
      }
      const cellOf = (name: (typeof neededColumns)[number]): string =>
        unescapeFormula(cells[names.indexOf(name)] ?? '').trim();
      return {
        line,
        row: cellOf('row'),
        merchant_ref: unescapeFormula(cells[names.indexOf('merchant_ref')] ?? ''),
        merchant_txn_ref: cellOf('merchant_txn_ref'),
        resolution: cellOf('resolution'),
        transaction_id: cellOf('transaction_id'),
        stored_payment_method_id: cellOf('stored_payment_method_id'),
      };
    }),
  };
}

function parseRows(text: string, delimiter: string): { cells: string[]; line: number }[] {
  try {
    const parsed = parse(text, {
      delimiter,
      info: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    // Spreadsheets leave rows of only delimiters below the table.
    return parsed
      .map(({ record, info }) => ({ cells: record, line: info.lines }))
      .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  } catch {
    // The parser's own message quotes the cell.
    throw new FileRefusedError('quote_invalid');
  }
}

/**
 * We add a quote before cells that a spreadsheet would execute as formulas; a spreadsheet may have
 * removed it.
 */
function unescapeFormula(cell: string): string {
  return /^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}
