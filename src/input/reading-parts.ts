/* Where a header has the columns that a mapping reads in another way than by their meaning. */
import type { ColumnMapping } from '../domain/column-mapping.ts';
import type { CanonicalColumn, LayoutParts } from '../domain/columns.ts';
import { definedOf } from '../domain/defined.ts';
import { last4Part } from '../domain/reading-options.ts';
import { FileRefusedError } from './file-refused-error.ts';
import { showName } from './shown-name.ts';

export interface ReadingParts extends Required<Pick<LayoutParts, 'passed'>>, Pick<LayoutParts, 'reference'> {
  readonly ignoredIndexes: ReadonlySet<number>;
  /** The names of the columns that are passed through or part of the reference. */
  readonly names: readonly string[];
}

/** Throws FileRefusedError if the header does not have them, or has one of them twice. */
export function locateParts(
  names: readonly string[],
  line: number,
  mapping: ColumnMapping | undefined,
): ReadingParts {
  const { passed = [], reference, ignoredPlaces = [] } = mapping ?? {};
  const refuse = (hint: string, name: string): FileRefusedError =>
    new FileRefusedError('header_mapping', { line, columns: [`"${showName(name)}"`], hint });
  const ignoredIndexes = new Set(
    ignoredPlaces.map(({ name, column }) => {
      if (names[column - 1] === name.normalize('NFC')) return column - 1;
      throw refuse(`column ${column} has another name`, name);
    }),
  );
  const indexOf = (given: string): number => {
    const name = given.normalize('NFC');
    const found = names.flatMap((one, index) => (one === name && !ignoredIndexes.has(index) ? [index] : []));
    if (found.length > 1) throw refuse('several columns have the name: ignore the others by position', name);
    return found[0] ?? -1;
  };
  const wanted = [...passed, ...(reference?.columns.filter((name) => name !== last4Part) ?? [])];
  return {
    ignoredIndexes,
    // A name that the header lacks is reported with the other names of the mapping.
    names: wanted.map((name) => name.normalize('NFC')),
    passed: passed.map(indexOf),
    ...definedOf({
      reference:
        reference === undefined
          ? undefined
          : {
              parts: reference.columns.map((name) =>
                name === last4Part ? ('last4' as const) : indexOf(name),
              ),
              separator: reference.separator,
            },
    }),
  };
}

/** Throws FileRefusedError if the mapping says how to read a column that the file does not have. */
export function refuseUnusedReading(
  present: ReadonlySet<CanonicalColumn>,
  line: number,
  mapping: ColumnMapping | undefined,
): void {
  if (mapping?.expiryFormat === undefined || present.has('expiry')) return;
  throw new FileRefusedError('header_mapping', {
    line,
    hint: 'expiry_format is for one column expiry, and the file has none',
  });
}
