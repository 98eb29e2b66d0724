/* A mapping as the text of a mapping file, for proposals. */
import type { ColumnMapping } from '../domain/column-mapping.ts';

/** Above every proposed mapping. */
export const proposalHead = '# Proposed, not known: check every line.';

/** A proposed mapping file: the given mapping, and one more line. */
export function proposeLine(mapping: ColumnMapping | undefined, line: string): string {
  return [proposalHead, ...(mapping === undefined ? [] : mappingLines(mapping)), line].join('\n');
}

function mappingLines(mapping: ColumnMapping): readonly string[] {
  return [
    ...section(
      'columns:',
      Object.entries(mapping.columns).map(([name, column]) => `  ${quoteText(name)}: ${column}`),
    ),
    ...constantLines(mapping),
    ...ignoreLines(mapping),
    ...readingLines(mapping),
  ];
}

export function constantLines({ constants }: Pick<ColumnMapping, 'constants'>): readonly string[] {
  return section(
    'constants:',
    Object.entries(constants).map(([column, value]) => `  ${column}: ${quoteText(value)}`),
  );
}

export function ignoreLines({ ignored }: Pick<ColumnMapping, 'ignored'>): readonly string[] {
  return section(
    'ignore:',
    ignored.map((name) => `  - ${quoteText(name)}`),
  );
}

/** The lines that say how cells are read. */
export function readingLines({ delimiter, trim }: ColumnMapping): readonly string[] {
  return [
    ...(delimiter === undefined ? [] : [`delimiter: ${quoteText(delimiter)}`]),
    ...(trim === true ? ['trim: true'] : []),
  ];
}

export function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

/** JSON strings are valid YAML. Invisible characters are escaped. */
export function quoteText(text: string): string {
  return JSON.stringify(text).replace(
    /(?! )[\p{C}\p{Z}]/gu,
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );
}
