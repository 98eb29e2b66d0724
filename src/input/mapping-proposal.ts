import { proposeColumn } from '../domain/column-proposals.ts';
import {
  type CanonicalColumn,
  isCanonicalColumn,
  isCvcColumnName,
  missingColumns,
} from '../domain/columns.ts';
import { isShownName } from './file-refused-error.ts';
import type { HeaderOptions } from './header-options.ts';

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
  const columns = new Map<string, CanonicalColumn>(Object.entries(given?.columns ?? {}));
  const taken = new Set<CanonicalColumn>([
    ...names.filter(isCanonicalColumn),
    ...columns.values(),
    ...(Object.keys(given?.constants ?? {}) as CanonicalColumn[]),
  ]);
  const doubtful: string[] = [];
  const open: string[] = [];
  for (const name of names.slice(0, maxColumns)) {
    if (columns.has(name) || given?.ignored.includes(name) === true || isCanonicalColumn(name)) continue;
    if (isCvcColumnName(name) || !isShownName(name) || name.length > maxNameCharacters) continue;
    const column = proposeColumn(name);
    if (column === undefined) open.push(name);
    else if (taken.has(column)) doubtful.push(`#  ${quote(name)}: ${column} # already taken`);
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
    '# Proposed, not known: check every line.',
    ...(missing.length === 0 ? [] : [`# Still missing: ${missing.join(', ')}`]),
    ...(columns.size + doubtful.length === 0 ? [] : ['columns:']),
    ...[...columns].map(([name, column]) => `  ${quote(name)}: ${column}`),
    ...doubtful,
    ...section(
      'constants:',
      Object.entries(given?.constants ?? {}).map(([column, value]) => `  ${column}: ${quote(value)}`),
    ),
    ...section(
      'ignore:',
      (given?.ignored ?? []).map((name) => `  - ${quote(name)}`),
    ),
    ...(open.length === 0
      ? []
      : [
          '# No column is near these. Map them above, or take away the # before what is not to be sent:',
          ...((given?.ignored.length ?? 0) > 0 ? [] : ['#ignore:']),
          ...open.map((name) => `#  - ${quote(name)}`),
        ]),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

/** JSON strings are valid YAML. Invisible characters are escaped. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /(?! )[\p{C}\p{Z}]/gu,
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );
}
