/* How many cells a line has, before any of them is read. */
import type { ColumnLayout } from './columns.ts';
import type { RowErrorCode } from './error-codes.ts';
import type { RejectedRow } from './staged-row.ts';

/** The position of a data line: its row number from 1, and the line of the file where it begins. */
export interface RowPosition {
  readonly row: number;
  readonly line: number;
}

export interface RowShape {
  readonly layout: Pick<ColumnLayout, 'columnCount'>;
  /** How many empty cells every row has behind the last column. */
  readonly extraCells?: number;
}

/** True for a line without any value. */
export function isBlankRow(cells: readonly string[]): boolean {
  return cells.every((cell) => cell === '' || cell.trim() === '');
}

/** A row's cells, if it has as many as the header and the other rows; else undefined. */
export function withoutExtraCells(
  cells: readonly string[],
  { layout: { columnCount }, extraCells = 0 }: RowShape,
): readonly string[] | undefined {
  if (cells.length !== columnCount + extraCells) return undefined;
  if (extraCells === 0) return cells;
  return isBlankRow(cells.slice(columnCount)) ? cells.slice(0, columnCount) : undefined;
}

/** A rejected row whose cells cannot be assigned to columns. */
export function createUnreadRow(errorCode: RowErrorCode, place: RowPosition): RejectedRow {
  return {
    kind: 'rejected',
    row: place.row,
    line: place.line,
    merchantRef: '',
    errorCodes: [errorCode],
    maskedCard: '',
    amount: '',
    currency: '',
    scheme: '',
  };
}
