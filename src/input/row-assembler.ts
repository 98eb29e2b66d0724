import { createAmountReader } from '../domain/amount-style.ts';
import type { ColumnLayout } from '../domain/columns.ts';
import { definedOf } from '../domain/defined.ts';
import { createDigestTable, type DigestTable } from '../domain/digest-table.ts';
import { createExpiryReader } from '../domain/expiry-format.ts';
import type { RowLimits } from '../domain/row-limits.ts';
import { isBlankRow, withoutExtraCells } from '../domain/row-shape.ts';
import { type RowRules, validateRow } from '../domain/row-validation.ts';
import type { CheckedRow } from '../domain/staged-row.ts';
import { capitalize, createCellPreparation } from './cell-preparation.ts';
import { FileRefusedError } from './file-refused-error.ts';
import { createFingerprinter } from './fingerprinter.ts';
import { parseHeader } from './header.ts';
import type { HeaderOptions } from './header-options.ts';
import { createReadingProposals } from './reading-proposals.ts';
import { quoteColumn } from './shown-name.ts';

/** How lines become rows. */
export interface RowAssemblerOptions extends HeaderOptions {
  /** Date of the check, `YYYY-MM-DD`. */
  readonly today: string;
  readonly isLive: boolean;
  /** What the gateway of the batch accepts. */
  readonly limits: RowLimits;
  /** At least 16 secret bytes; they need not be the same for another reading. */
  readonly fingerprintKey: Uint8Array;
  /** Filled with the rows' references, for lookups by the caller. */
  readonly refs?: DigestTable;
}

/** Turns the lines of a file, given in order, into numbered and checked rows. */
export interface RowAssembler {
  /**
   * Adds the next line. Blank lines are ignored; the first other line is the header. Throws
   * FileRefusedError.
   */
  addLine(cells: readonly string[]): void;
  /** Returns the rows assembled since the last call, in portions of at most 500. */
  drainRows(): Generator<CheckedRow[]>;
  /** The line of the file where the next cells begin. */
  readonly nextLine: number;
  /** Lines of a mapping that would read rejected rows, for a person to check. */
  readonly proposals: readonly string[];
  /** Call at the end of the file. Throws FileRefusedError if it had no rows. */
  finish(): void;
}

/** As many rows as a spreadsheet has. A small compressed file can hold far more. */
const mostBlankLines = 1_048_576;

/** The mark of the end of a file in DOS, on a line of its own. */
const endMark = '\x1a';

/** Large enough that handing over rows costs nothing, small enough for memory. */
const rowsAtATime = 500;

/** An assembler at the beginning of a file. */
export function createRowAssembler(options: RowAssemblerOptions): RowAssembler {
  const fingerprint = createFingerprinter(options.fingerprintKey, 'merchant_ref');
  const refs = options.refs ?? createDigestTable();
  let header: { names: readonly string[]; rules: RowRules } | undefined;
  const isUpperCase = options.mapping?.upperCase === true;
  const prepare = createCellPreparation(options.mapping);
  const proposals = createReadingProposals(options);
  let nextLine = 1;
  let blankLines = 0;
  let firstBlankLine = 1;
  let row = 0;
  let rows: CheckedRow[] = [];

  const createRules = (layout: ColumnLayout): RowRules => ({
    layout,
    today: options.today,
    isLive: options.isLive,
    limits: options.limits,
    ...definedOf({
      defaultAmount: options.defaultAmount,
      defaultCurrency: options.defaultCurrency,
      readExpiry: createExpiryReader(options.mapping?.expiryFormat ?? ''),
      readAmount: createAmountReader(options.mapping ?? {}),
    }),
    isDuplicateRef: (merchantRef) => refs.add(fingerprint(merchantRef), row) !== undefined,
  });

  return {
    addLine(read) {
      const line = nextLine;
      nextLine += 1 + countLineBreaks(read);
      const cells = prepare(read);
      if (isBlankRow(cells) || isEndMark(cells)) {
        blankLines += 1;
        if (blankLines === 1) firstBlankLine = line;
        if (blankLines > mostBlankLines) throw new FileRefusedError('blank_lines', { line: firstBlankLine });
        return;
      }
      blankLines = 0;
      if (header === undefined) {
        header = { names: cells, rules: createRules(parseHeader(cells, line, options)) };
        return;
      }
      if (row === 0) header = { ...header, rules: withExtraCells(cells, header.rules) };
      const { names, rules } = header;
      refuseCvc(cells, line, rules, names);
      row += 1;
      const checked = validateRow(
        isUpperCase ? capitalize(cells, rules.layout) : cells,
        { row, line },
        rules,
      );
      if (checked.kind === 'rejected') proposals.add(checked, read, rules.layout.indexOf);
      rows.push(checked);
    },
    *drainRows() {
      const made = rows;
      rows = [];
      for (let start = 0; start < made.length; start += rowsAtATime) {
        yield made.slice(start, start + rowsAtATime);
      }
    },
    get nextLine() {
      return nextLine;
    },
    get proposals() {
      return proposals.lines();
    },
    finish() {
      if (header === undefined) throw new FileRefusedError('file_empty');
      if (row === 0) throw new FileRefusedError('no_rows');
    },
  };
}

/**
 * Some exports end every line but the header with a separator. The first row shows it. All rows
 * must be alike, since a row with one cell more or fewer than the others has slipped.
 */
function withExtraCells(cells: readonly string[], rules: RowRules): RowRules {
  const extraCells = cells.length - rules.layout.columnCount;
  return extraCells > 0 && isBlankRow(cells.slice(-extraCells)) ? { ...rules, extraCells } : rules;
}

/**
 * If the number of cells is wrong, no cell can be identified as a security code; such a row keeps
 * no cell.
 */
function refuseCvc(cells: readonly string[], line: number, rules: RowRules, names: readonly string[]): void {
  if (rules.layout.cvc.length === 0 || withoutExtraCells(cells, rules) === undefined) return;
  for (const index of rules.layout.cvc) {
    if ((cells[index] ?? '').trim() === '') continue;
    throw new FileRefusedError('cvc_column', { line, columns: [quoteColumn(names[index] ?? '', index)] });
  }
}

function isEndMark(cells: readonly string[]): boolean {
  const [first = ''] = cells;
  return cells.length === 1 && first.startsWith(endMark) && first.replaceAll(endMark, '') === '';
}

/** The parser counts CR LF inside a cell as two lines. */
function countLineBreaks(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    if (cell.includes('\n') || cell.includes('\r')) count += cell.match(/\r\n|\r|\n/g)?.length ?? 0;
  }
  return count;
}
