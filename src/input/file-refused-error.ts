interface Refusal {
  /** What is wrong; follows "Cannot read the file: ". Never quotes the file. */
  readonly text: string;
  /** What to do, in one sentence without a period. */
  readonly remedy: string;
}

const exportAsUtf8 = 'Save the file as "CSV UTF-8", or name its encoding with --encoding';

/** Why a whole file is refused. Scripts rely on the codes: add new ones, never rename. */
export const fileRefusals = {
  file_missing: {
    text: 'it does not exist',
    remedy: 'Check the path; the worker must see the file under the same path',
  },
  file_unreadable: {
    text: 'the system refuses access',
    remedy: 'Use a regular file that this process may read',
  },
  file_not_csv: {
    text: 'it is not a plain-text table',
    remedy: 'Export the table as "CSV UTF-8" and use that file; the only supported compression is gzip (.gz)',
  },
  gzip_damaged: {
    text: 'its gzip compression is damaged or cut off',
    remedy: 'Compress the file again, or use it uncompressed',
  },
  file_empty: { text: 'it is empty', remedy: 'Use a file with a header line and at least one row' },
  encoding_not_utf8: { text: 'its encoding is not UTF-8', remedy: exportAsUtf8 },
  encoding_mixed: {
    text: 'some of its lines are UTF-8 and some are not',
    remedy: 'Fix the lines that are not, or export the file again as "CSV UTF-8"',
  },
  encoding_unsupported: {
    text: 'it is in an encoding that Cardlift does not read',
    remedy: 'Save the file as "CSV UTF-8", or convert it',
  },
  encoding_wrong: {
    text: 'it is not in the encoding given with --encoding',
    remedy: 'Omit --encoding to see the probable encoding, or save the file as "CSV UTF-8"',
  },
  nul_bytes: {
    text: 'it has NUL bytes: it is not a text file, or it is damaged',
    remedy: 'Export the file again as "CSV UTF-8"',
  },
  header_missing: {
    text: 'the first line is not a header but looks like data',
    remedy: 'Start the file with a line of column names (cardlift template); other names need --columns FILE',
  },
  header_duplicate: {
    text: 'two columns have the same meaning',
    remedy: 'Keep one of the columns, or ignore the other with --columns FILE',
  },
  header_required_missing: {
    text: 'required columns are missing',
    remedy:
      'Add or rename columns, or use --columns FILE; --amount and --currency set one value for all rows',
  },
  header_unknown: {
    text: 'it has unknown columns',
    remedy: 'Rename or remove the columns, or use --columns FILE; no column is ignored silently',
  },
  header_mapping: {
    text: 'the mapping names columns that the file does not have',
    remedy: 'Compare the mapping with the header line',
  },
  cvc_column: {
    text: 'it contains card security codes, PINs or magnetic stripe data, which must not be stored after authorization (PCI DSS 3.3.1)',
    remedy: 'Remove the column, and delete every copy of the file that contains it',
  },
  quote_unclosed: {
    text: 'a quoted cell is never closed',
    remedy: 'Close the quote; inside a quoted cell, double each quote',
  },
  quote_invalid: {
    text: 'a quote is in a place where none is allowed',
    remedy: 'Quote the whole cell, and double each quote inside it',
  },
  blank_lines: {
    text: 'it has more blank lines in a row than a spreadsheet has rows',
    remedy: 'Remove the blank lines',
  },
  row_too_large: {
    text: 'a row is larger than 128 KiB, perhaps because a quote is never closed',
    remedy: 'Look for a stray quote in the row',
  },
  no_rows: { text: 'it has a header but no rows', remedy: 'Use a file with at least one row' },
} as const satisfies Record<string, Refusal>;

export type FileRefusalCode = keyof typeof fileRefusals;

/** Where and how a file was refused. */
export interface RefusalDetail {
  /** The file's line, from 1. */
  readonly line?: number;
  /** The columns concerned, as formatted by `quoteColumn`. */
  readonly columns?: readonly string[];
  /** More about the cause, in our own words; never a cell. */
  readonly hint?: string;
  /**
   * A proposed mapping file that would fix the header, for the operator to check. Not part of the
   * message.
   */
  readonly mapping?: string;
}

/**
 * The whole file is refused; none of its rows is used. The message is safe for a terminal and a
 * workflow history: it contains column names at most, never a cell. It has no `cause`, because the
 * parser's errors quote cells.
 */
export class FileRefusedError extends Error {
  override readonly name = 'FileRefusedError';
  readonly code: FileRefusalCode;
  readonly line: number | undefined;
  readonly columns: readonly string[];
  readonly remedy: string;
  readonly mapping: string | undefined;

  constructor(code: FileRefusalCode, detail: RefusalDetail = {}) {
    const { text, remedy } = fileRefusals[code];
    const columns = detail.columns ?? [];
    const list = columns.length > 0 ? `: ${columns.join(', ')}` : '';
    const hint = detail.hint === undefined ? '' : `; ${detail.hint}`;
    const place = detail.line === undefined ? '' : ` (line ${detail.line})`;
    super(`Cannot read the file: ${text}${list}${hint}${place}. Remedy: ${remedy}`);
    this.code = code;
    this.line = detail.line;
    this.columns = columns;
    this.remedy = remedy;
    this.mapping = detail.mapping;
  }
}
