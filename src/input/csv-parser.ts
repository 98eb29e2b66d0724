/*
 * csv-parse with our settings. It parses synchronously inside `write` and `end`, so the lines can
 * be read right afterwards. Its messages quote cells, so only its codes are used.
 */
import { type CsvError, Parser } from 'csv-parse';
import { definedOf } from '../domain/defined.ts';
import type { FileRefusalCode, RefusalDetail } from './file-refused-error.ts';
import { findDelimiter } from './header-fault.ts';

/** Far above any row that the API's lengths allow, far below what a stray quote would swallow. */
export const maxRowBytes = 128 * 1024;

export interface CsvFormat {
  readonly delimiter: string;
  /** Blanks around cells and around their quotes are removed. */
  readonly isTrimmed: boolean;
}

export function createCsvParser({ delimiter, isTrimmed }: CsvFormat): Parser {
  const parser = new Parser({
    delimiter,
    // A concatenated file may mix all three.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: maxRowBytes,
    trim: isTrimmed,
  });
  // Errors are read from `errored`; without a listener they would end the process.
  parser.on('error', () => {});
  return parser;
}

/** Why a line cannot be parsed. `headerLine` shows what separates the cells. */
export function explainParseError(error: Error, line: number, headerLine: string): QuoteFault {
  const { code, field } = error as CsvError & { code: string; field?: string };
  if (code === 'CSV_QUOTE_NOT_CLOSED') return { code: 'quote_unclosed', detail: { line } };
  if (code === 'CSV_MAX_RECORD_SIZE') return { code: 'row_too_large', detail: { line } };
  const fault = findDelimiter(headerLine);
  if (fault !== undefined) {
    const { hint, mappingLine } = fault;
    return { code: 'header_missing', detail: { line, hint }, ...definedOf({ mappingLine }) };
  }
  const next = code === 'CSV_INVALID_CLOSING_QUOTE' ? /got "([\s\S])"/.exec(error.message)?.[1] : undefined;
  const isBlank = (text: string | undefined): boolean => text !== undefined && /^\s+$/.test(text);
  if (isBlank(next) || isBlank(field)) {
    const hint = 'a blank is beside the quote, which is read only if a mapping has the line trim: true';
    return { code: 'quote_invalid', detail: { line, hint }, mappingLine: 'trim: true' };
  }
  if (field === '=') {
    const hint =
      'a cell has the form ="…", which keeps a number as text in Excel: export the column as plain text';
    return { code: 'quote_invalid', detail: { line, hint } };
  }
  return { code: 'quote_invalid', detail: { line } };
}

export interface QuoteFault {
  readonly code: FileRefusalCode;
  readonly detail: RefusalDetail;
  /** The line of a mapping that would help. */
  readonly mappingLine?: string;
}
