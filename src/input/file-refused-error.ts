import { scrubText } from '../domain/scrub.ts';

interface Refusal {
  /** What is wrong, after "Cannot read the file: "; never a value of the file. */
  readonly text: string;
  /** What to do, in one sentence; no full stop. */
  readonly remedy: string;
}

const exportAsUtf8 = 'Save the file as "CSV UTF-8", or say what it is in with --encoding';

/** Why a whole file is refused. A code is a promise to scripts: it may be added, not renamed. */
export const fileRefusals = {
  file_missing: {
    text: 'it does not exist',
    remedy: 'Check the path; the worker must see the file under the same path',
  },
  file_unreadable: {
    text: 'the system does not let it be read',
    remedy: 'Give a regular file that the user of this process may read',
  },
  file_not_csv: {
    text: 'it is not a table in plain text',
    remedy:
      'Export the table as "CSV UTF-8", and give that file; gzip (.gz) is the one compression that is read',
  },
  gzip_damaged: {
    text: 'its gzip compression is damaged or cut off',
    remedy: 'Compress the file again, or give it as it is',
  },
  file_empty: { text: 'it is empty', remedy: 'Give a file with a header line and at least one row' },
  encoding_not_utf8: { text: 'its encoding is not UTF-8', remedy: exportAsUtf8 },
  encoding_wrong: {
    text: 'it is not in the encoding that was given',
    remedy: 'Leave --encoding out to see what the file probably is in, or save it as "CSV UTF-8"',
  },
  nul_bytes: {
    text: 'it has NUL bytes, so it is no text file or was damaged',
    remedy: 'Export the file again as a CSV in UTF-8',
  },
  header_missing: {
    text: 'the first line is not a header but looks like data',
    remedy:
      'Put a line with the column names first (cardlift template); names of your own need --columns FILE',
  },
  header_duplicate: {
    text: 'two columns stand for the same thing',
    remedy: 'Keep one of the columns, or let --columns FILE ignore the other one',
  },
  header_required_missing: {
    text: 'required columns are missing',
    remedy:
      'Add the columns, rename the ones of the file, or give --columns FILE; one amount and one currency for all rows may be given by --amount and --currency',
  },
  header_unknown: {
    text: 'it has columns that are not known',
    remedy: 'Rename the columns, take them out, or give --columns FILE; nothing is ignored silently',
  },
  header_mapping: {
    text: 'the mapping names columns that the file does not have',
    remedy: 'Compare the mapping with the header line',
  },
  cvc_column: {
    text: 'it holds card security codes, PINs or stripe data, which may not be kept after authorization (PCI DSS 3.3.1)',
    remedy: 'Remove the column, and delete every copy of the file that has it',
  },
  quote_unclosed: {
    text: 'a quoted cell is never closed',
    remedy: 'Close the quote; a quote inside a quoted cell is written twice',
  },
  quote_invalid: {
    text: 'a quote stands where none may stand',
    remedy: 'Quote the whole cell, and write a quote inside it twice',
  },
  row_too_large: {
    text: 'a row is larger than 128 KiB; a quote that is never closed may be the cause',
    remedy: 'Look for a stray quote in the row',
  },
  no_rows: { text: 'it has a header but no rows', remedy: 'Give a file with at least one row' },
} as const satisfies Record<string, Refusal>;

export type FileRefusalCode = keyof typeof fileRefusals;

/** Where and how a file was refused. */
export interface RefusalDetail {
  /** The file's line, from 1. */
  readonly line?: number;
  /** The columns concerned, as `quoteColumn` names them. */
  readonly columns?: readonly string[];
  /** More about the cause, in our own words: never a cell. */
  readonly hint?: string;
  /** A mapping file that would fix the header, for the operator to check; not part of the message. */
  readonly mapping?: string;
}

/**
 * The whole file is refused, and no row of it is taken. The message is fit for a terminal and a workflow history: it holds
 * column names at most, never a cell. It has no `cause`, since the parser's own errors carry cells.
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

const maxNameCharacters = 40;
/** More digits than this in a column's name, and it may be data. */
const maxNameDigits = 4;

/** False for a name with so many digits that it may be data. */
export function isShownName(name: string): boolean {
  return name.normalize('NFKC').replace(/\D/g, '').length <= maxNameDigits;
}

/** A column's name as it may be shown, with its place (from 0); a name with many digits in it is left out. */
export function quoteColumn(name: string, index: number): string {
  const place = `column ${index + 1}`;
  return isShownName(name) ? `"${scrubText(name, maxNameCharacters)}" (${place})` : place;
}
