import { type CsvError, Parser } from 'csv-parse';
import { isAmount } from '../domain/amount.ts';
import { currencyDecimals } from '../domain/currencies.ts';
import type { CheckedRow } from '../domain/staged-row.ts';
import { FileRefusedError } from './file-refused-error.ts';
import { createFileText, type FileText, type ReadTextOptions } from './file-text.ts';
import { detectDelimiter } from './header.ts';
import { createRowAssembler, type RowAssembler, type RowAssemblerOptions } from './row-assembler.ts';

/** How to read and check a merchant's file. */
export interface ReadRowsOptions extends RowAssemblerOptions, ReadTextOptions {}

/** A file being read, in order, up to 500 rows at a time. Can be iterated once. */
export interface RowReading extends AsyncIterable<CheckedRow[]> {
  readonly bytesRead: number;
  /** The file's size when opened; 0 before the first rows. */
  readonly bytesTotal: number;
  /** SHA-256 of the file's bytes, in hex; undefined until the last row was returned. */
  readonly sha256: string | undefined;
  /** True if the text read so far has U+FFFD, which stands for a letter that was lost. */
  readonly hasLostCharacters: boolean;
}

/** Far above any row that the API's lengths allow, far below what a stray quote would swallow. */
const maxRowBytes = 128 * 1024;

/**
 * Reads a merchant's CSV: every data line becomes a row, sendable or rejected. Iterating throws
 * FileRefusedError if the whole file is refused (then none of its rows may be used), and the
 * signal's reason when aborted. Throws RangeError at once for invalid options.
 */
export function readRows(path: string, options: ReadRowsOptions): RowReading {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(options.today)) throw new RangeError('today is not YYYY-MM-DD');
  if (options.defaultAmount !== undefined && !isAmount(options.defaultAmount)) {
    throw new RangeError('The amount for the batch is not a positive decimal');
  }
  if (options.defaultCurrency !== undefined && currencyDecimals(options.defaultCurrency) === undefined) {
    throw new RangeError('The currency for the batch is not in ISO 4217');
  }
  const text = createFileText(path, options);
  const rows = generateRows(text, createRowAssembler(options));
  return {
    [Symbol.asyncIterator]: () => rows,
    get bytesRead() {
      return text.bytesRead;
    },
    get bytesTotal() {
      return text.bytesTotal;
    },
    get sha256() {
      return text.sha256;
    },
    get hasLostCharacters() {
      return text.hasLostCharacters;
    },
  };
}

async function* generateRows(text: FileText, assembler: RowAssembler): AsyncGenerator<CheckedRow[]> {
  let parser: Parser | undefined;
  let start: Buffer = Buffer.alloc(0);
  for await (const chunk of text.chunks()) {
    let bytes = chunk;
    if (parser === undefined) {
      bytes = start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
      const header = findHeaderLine(bytes);
      if (header === undefined && bytes.length < maxRowBytes) continue;
      parser = createParser(header ?? '');
    }
    parser.write(bytes);
    yield* drain(parser, assembler);
  }
  if (start.toString('utf8').trim() === '' && parser === undefined) throw new FileRefusedError('file_empty');
  if (parser === undefined) {
    parser = createParser(start.toString('utf8'));
    parser.write(start);
  }
  parser.end();
  yield* drain(parser, assembler);
  assembler.finish();
}

/** The first non-blank line, once it is complete. */
function findHeaderLine(bytes: Buffer): string | undefined {
  const text = bytes.subarray(0, maxRowBytes).toString('utf8');
  return /^[\r\n]*((?:"(?:[^"]|"")*"|[^"\r\n])+)[\r\n]/.exec(text)?.[1];
}

/**
 * csv-parse parses synchronously inside `write` and `end`, so the records can be read right
 * afterwards.
 */
function createParser(headerLine: string): Parser {
  const parser = new Parser({
    delimiter: detectDelimiter(headerLine),
    // A concatenated file may mix all three.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: maxRowBytes,
  });
  // Errors are read from `errored`; without a listener they would end the process.
  parser.on('error', () => {});
  return parser;
}

function* drain(parser: Parser, assembler: RowAssembler): Generator<CheckedRow[]> {
  for (let cells = parser.read(); cells !== null; cells = parser.read()) assembler.addLine(cells as string[]);
  if (parser.errored) throw createParseRefusal(parser.errored, assembler.nextLine);
  yield* assembler.drainRows();
}

/** csv-parse's messages quote cells, so only its code is used, with our own line number. */
function createParseRefusal(error: Error, line: number): FileRefusedError {
  const code = (error as CsvError).code as string;
  if (code === 'CSV_QUOTE_NOT_CLOSED') return new FileRefusedError('quote_unclosed', { line });
  if (code === 'CSV_MAX_RECORD_SIZE') return new FileRefusedError('row_too_large', { line });
  return new FileRefusedError('quote_invalid', { line });
}
