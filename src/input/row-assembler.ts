import type { ColumnLayout } from '../domain/columns.ts';
import { definedOf } from '../domain/defined.ts';
import { createDigestTable, type DigestTable } from '../domain/digest-table.ts';
import type { RowLimits } from '../domain/row-limits.ts';
import { type RowRules, validateRow } from '../domain/row-validation.ts';
import type { CheckedRow } from '../domain/staged-row.ts';
import { FileRefusedError, quoteColumn } from './file-refused-error.ts';
import { createFingerprinter } from './fingerprinter.ts';
import { parseHeader } from './header.ts';
import type { HeaderOptions } from './header-options.ts';

/** What a file's lines are made into rows with. */
export interface RowAssemblerOptions extends HeaderOptions {
  /** The day of the check, `YYYY-MM-DD`. */
  readonly today: string;
  readonly isLive: boolean;
  /** What the gateway of the batch accepts. */
  readonly limits: RowLimits;
  /** At least 16 secret bytes; they need not be the same for another reading. */
  readonly fingerprintKey: Uint8Array;
  /** Filled with the rows' references, for a caller that wants to look them up afterwards. */
  readonly refs?: DigestTable;
}

/** Makes the cells of a file's lines, given one after the other, into numbered and checked rows. */
export interface RowAssembler {
  /** Takes the next line's cells: blank lines pass, the first other one is the header. Throws FileRefusedError. */
  take(cells: readonly string[]): void;
  /** Gives out the rows made since the last call, in portions of at most 500. */
  giveRows(): Generator<CheckedRow[]>;
  /** The file's line that the next cells begin on. */
  readonly nextLine: number;
  /** To be called at the file's end; throws FileRefusedError where it had no rows. */
  finish(): void;
}

/** Enough that handing rows over costs nothing beside making them, few enough to hold in memory. */
const rowsAtATime = 500;

/** An assembler at the beginning of a file. */
export function createRowAssembler(options: RowAssemblerOptions): RowAssembler {
  const fingerprint = createFingerprinter(options.fingerprintKey, 'merchant_ref');
  const refs = options.refs ?? createDigestTable();
  let header: { names: readonly string[]; rules: RowRules } | undefined;
  let nextLine = 1;
  let row = 0;
  let rows: CheckedRow[] = [];

  const createRules = (layout: ColumnLayout): RowRules => ({
    layout,
    today: options.today,
    isLive: options.isLive,
    limits: options.limits,
    ...definedOf({ defaultAmount: options.defaultAmount, defaultCurrency: options.defaultCurrency }),
    isDuplicateRef: (merchantRef) => refs.add(fingerprint(merchantRef), row) !== undefined,
  });

  return {
    take(cells) {
      const line = nextLine;
      nextLine += 1 + countLineBreaks(cells);
      if (cells.length === 1 && cells[0] === '') return;
      if (header === undefined) {
        header = { names: cells, rules: createRules(parseHeader(cells, line, options)) };
        return;
      }
      const { names, rules } = header;
      refuseCvc(cells, line, rules.layout, names);
      row += 1;
      rows.push(validateRow(cells, { row, line }, rules));
    },
    *giveRows() {
      const made = rows;
      rows = [];
      for (let start = 0; start < made.length; start += rowsAtATime) {
        yield made.slice(start, start + rowsAtATime);
      }
    },
    get nextLine() {
      return nextLine;
    },
    finish() {
      if (header === undefined) throw new FileRefusedError('file_empty');
      if (row === 0) throw new FileRefusedError('no_rows');
    },
  };
}

/** Where the cells are not as many as the columns, none of them can be told to be a security code; the row keeps none. */
function refuseCvc(
  cells: readonly string[],
  line: number,
  layout: ColumnLayout,
  names: readonly string[],
): void {
  if (cells.length !== layout.columnCount) return;
  for (const index of layout.cvc) {
    if ((cells[index] ?? '').trim() === '') continue;
    throw new FileRefusedError('cvc_column', { line, columns: [quoteColumn(names[index] ?? '', index)] });
  }
}

/** The parser's own count takes CR LF inside a cell for two lines. */
function countLineBreaks(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    if (cell.includes('\n') || cell.includes('\r')) count += cell.match(/\r\n|\r|\n/g)?.length ?? 0;
  }
  return count;
}
