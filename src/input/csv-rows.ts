import type { Parser } from 'csv-parse';
import { isAmount } from '../domain/amount.ts';
import { currencyDecimals } from '../domain/currencies.ts';
import type { CheckedRow } from '../domain/staged-row.ts';
import { createCsvParser, explainParseError, maxRowBytes } from './csv-parser.ts';
import { FileRefusedError } from './file-refused-error.ts';
import { createFileText, type FileText, type ReadTextOptions } from './file-text.ts';
import { detectDelimiter, findHeaderLine, isKnownName } from './first-lines.ts';
import { findHeaderFault } from './header-fault.ts';
import { proposeLine } from './mapping-text.ts';
import { createRowAssembler, type RowAssemblerOptions } from './row-assembler.ts';

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
  /** Lines of a mapping that would read rejected rows, for a person to check. */
  readonly proposals: readonly string[];
}

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
  const lines = createLineReader(options);
  const rows = generateRows(text, lines);
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
    get proposals() {
      return lines.proposals;
    },
  };
}

async function* generateRows(text: FileText, lines: LineReader): AsyncGenerator<CheckedRow[]> {
  let start: Buffer = Buffer.alloc(0);
  for await (const chunk of text.chunks()) {
    if (lines.isOpen) {
      lines.write(chunk);
    } else {
      start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
      const beginning = start.subarray(0, maxRowBytes).toString('utf8');
      const header = findHeaderLine(beginning);
      if (header === undefined && start.length < maxRowBytes) continue;
      lines.open(beginning, header ?? '');
      lines.write(start);
    }
    yield* lines.drainRows();
  }
  if (!lines.isOpen) {
    const whole = start.toString('utf8');
    if (whole.trim() === '') throw new FileRefusedError('file_empty');
    lines.open(whole, whole);
    lines.write(start);
  }
  lines.end();
  yield* lines.drainRows();
  lines.finish();
}

type LineReader = ReturnType<typeof createLineReader>;

/** Turns a file's bytes into checked rows. `open` comes first, with the beginning of the text. */
function createLineReader(options: ReadRowsOptions) {
  const { mapping } = options;
  const assembler = createRowAssembler(options);
  const isKnown = (name: string): boolean =>
    isKnownName(name) || mapping?.columns[name] !== undefined || mapping?.ignored.includes(name) === true;
  let parser: Parser | undefined;
  let start = { text: '', header: '', delimiter: ',' };

  /** Adds what the first lines say about the fault of the header. */
  const explain = (error: unknown): unknown => {
    if (!(error instanceof FileRefusedError) || error.code !== 'header_missing') return error;
    const fault = findHeaderFault(start.text, start.delimiter);
    return fault === undefined ? error : refuse('header_missing', { line: error.line ?? 1, ...fault });
  };
  const refuse = (
    code: FileRefusedError['code'],
    { mappingLine, ...detail }: { line?: number; hint?: string; mappingLine?: string },
  ): FileRefusedError =>
    new FileRefusedError(code, {
      ...detail,
      ...(mappingLine === undefined ? {} : { mapping: proposeLine(mapping, mappingLine) }),
    });

  return {
    get isOpen() {
      return parser !== undefined;
    },
    open(text: string, header: string): void {
      const delimiter = mapping?.delimiter ?? detectDelimiter(header, isKnown);
      start = { text, header, delimiter };
      parser = createCsvParser({ delimiter, isTrimmed: mapping?.trim === true });
    },
    write: (bytes: Buffer) => void parser?.write(bytes),
    end: () => void parser?.end(),
    *drainRows(): Generator<CheckedRow[]> {
      if (parser === undefined) return;
      try {
        for (let cells = parser.read(); cells !== null; cells = parser.read())
          assembler.addLine(cells as string[]);
      } catch (error) {
        throw explain(error);
      }
      if (parser.errored) {
        const { code, detail, mappingLine } = explainParseError(
          parser.errored,
          assembler.nextLine,
          start.header,
        );
        throw refuse(code, { ...detail, ...(mappingLine === undefined ? {} : { mappingLine }) });
      }
      yield* assembler.drainRows();
    },
    get proposals() {
      return assembler.proposals;
    },
    finish: () => assembler.finish(),
  };
}
