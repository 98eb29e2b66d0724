import type { ColumnMapping } from '../domain/column-mapping.ts';
import { proposeColumn } from '../domain/column-proposals.ts';
import {
  type CanonicalColumn,
  isCanonicalColumn,
  isCvcColumnName,
  missingColumns,
} from '../domain/columns.ts';
import type { ColumnPlace } from '../domain/reading-options.ts';
import type { HeaderOptions } from './header-options.ts';
import {
  constantLines,
  ignoreLines,
  placeText,
  proposalHead,
  proposeLine,
  quoteText,
  readingLines,
} from './mapping-text.ts';
import { isShownName, trimName } from './shown-name.ts';

/**
 * More columns than any card table has. Limits the output for a line of data mistaken for a header.
 */
const maxColumns = 60;
const maxNameCharacters = 100;

/**
 * Proposes a mapping file for a refused header, for a person to check and pass to `--columns`:
 * existing mappings, a proposal for each similar name, and the other names commented out. Used
 * unedited, it maps only what was proposed; the file is refused again for the rest.
 */
export function proposeMapping(names: readonly string[], options: HeaderOptions): string {
  const given = options.mapping;
  if (given?.trim !== true && areTrimmedKnown(names, options)) return proposeLine(given, 'trim: true');
  const columns = new Map<string, CanonicalColumn>(Object.entries(given?.columns ?? {}));
  const taken = new Set<CanonicalColumn>([
    ...names.filter(isCanonicalColumn),
    ...columns.values(),
    ...(Object.keys(given?.constants ?? {}) as CanonicalColumn[]),
  ]);
  const doubtful: string[] = [];
  const open: string[] = [];
  for (const [index, name] of names.slice(0, maxColumns).entries()) {
    if (isCvcColumnName(name) || !isShownName(name) || name.length > maxNameCharacters) continue;
    // Of columns with one name, a position says which one is meant.
    if (names.indexOf(name) < index) {
      const place = { name, column: index + 1 };
      if (!hasPlace(given, place)) open.push(placeText(place));
      continue;
    }
    if (columns.has(name) || isCanonicalColumn(name) || isHandled(given, name)) continue;
    const column = proposeColumn(name);
    if (column === undefined)
      open.push(name === '' ? placeText({ name, column: index + 1 }) : quoteText(name));
    else if (taken.has(column)) doubtful.push(`#  ${quoteText(name)}: ${column} # already taken`);
    else {
      columns.set(name, column);
      taken.add(column);
    }
  }
  const missing = missingColumns(taken, {
    hasAmount: options.defaultAmount !== undefined,
    hasCurrency: options.defaultCurrency !== undefined,
  });
  return [
    proposalHead,
    ...(missing.length === 0 ? [] : [`# Still missing: ${missing.join(', ')}`]),
    ...(columns.size + doubtful.length === 0 ? [] : ['columns:']),
    ...[...columns].map(([name, column]) => `  ${quoteText(name)}: ${column}`),
    ...doubtful,
    ...(given === undefined ? [] : [...constantLines(given), ...readingLines(given), ...ignoreLines(given)]),
    ...(open.length === 0
      ? []
      : [
          '# No column is near these. Map them above, or take away the # before what is not to be sent:',
          ...(given !== undefined && ignoreLines(given).length > 0 ? [] : ['#ignore:']),
          ...open.map((entry) => `#  - ${entry}`),
        ]),
  ].join('\n');
}

/** True if the mapping uses or ignores the column already. */
function isHandled(given: ColumnMapping | undefined, name: string): boolean {
  return (
    given !== undefined &&
    (given.ignored.includes(name) ||
      given.passed?.includes(name) === true ||
      given.reference?.columns.includes(name) === true)
  );
}

function hasPlace(given: ColumnMapping | undefined, { name, column }: ColumnPlace): boolean {
  return given?.ignoredPlaces?.some((place) => place.name === name && place.column === column) === true;
}

/** True if nothing but blanks around the names keeps them from being known. */
function areTrimmedKnown(names: readonly string[], { mapping }: HeaderOptions): boolean {
  const isKnown = (name: string): boolean =>
    isCanonicalColumn(name) ||
    isCvcColumnName(name) ||
    mapping?.columns[name] !== undefined ||
    mapping?.ignored.includes(name) === true;
  return names.every((name) => isKnown(trimName(name)));
}
