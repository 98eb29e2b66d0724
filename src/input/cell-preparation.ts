/* What a mapping changes in cells before they are read. Without a mapping, nothing. */
import type { ColumnMapping } from '../domain/column-mapping.ts';
import type { ColumnLayout } from '../domain/columns.ts';
import { trimName } from './shown-name.ts';

type Prepare = (cells: readonly string[]) => readonly string[];

/** Removes blanks around cells, and empties those that the mapping counts as empty. */
export function createCellPreparation(mapping: ColumnMapping | undefined): Prepare {
  const isTrimmed = mapping?.trim === true;
  const empty = new Set(mapping?.empty ?? []);
  if (!isTrimmed && empty.size === 0) return (cells) => cells;
  return (cells) =>
    cells.map((cell) => {
      const text = isTrimmed ? trimName(cell) : cell;
      return empty.has(text) ? '' : text;
    });
}

const capitalized = ['currency', 'billing_country', 'shipping_country'] as const;

/** The cells with currencies and countries in capital letters. */
export function capitalize(cells: readonly string[], { indexOf }: ColumnLayout): readonly string[] {
  const changed = [...cells];
  for (const column of capitalized) {
    const cell = changed[indexOf[column]];
    if (cell !== undefined && /^[A-Za-z]{2,3}$/.test(cell)) changed[indexOf[column]] = cell.toUpperCase();
  }
  return changed;
}
