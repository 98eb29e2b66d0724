/* A mapping as the text of a mapping file, for proposals. */
import type { ColumnMapping } from '../domain/column-mapping.ts';
import type { ColumnPlace } from '../domain/reading-options.ts';

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

export function ignoreLines({
  ignored,
  ignoredPlaces = [],
}: Pick<ColumnMapping, 'ignored' | 'ignoredPlaces'>): readonly string[] {
  return section('ignore:', [
    ...ignored.map((name) => `  - ${quoteText(name)}`),
    ...ignoredPlaces.map((place) => `  - ${placeText(place)}`),
  ]);
}

/** A column of a list by its name and position. */
export function placeText({ name, column }: ColumnPlace): string {
  return `{ name: ${quoteText(name)}, column: ${column} }`;
}

/** The lines that say how cells are read. */
export function readingLines(mapping: ColumnMapping): readonly string[] {
  const { reference, passed = [], empty } = mapping;
  const text = (key: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [`${key}: ${quoteText(value)}`];
  return [
    ...section(
      'pass_through:',
      passed.map((name) => `  - ${quoteText(name)}`),
    ),
    ...(reference === undefined
      ? []
      : [
          'reference:',
          `  columns: [${reference.columns.map(quoteText).join(', ')}]`,
          `  separator: ${quoteText(reference.separator)}`,
        ]),
    ...text('expiry_format', mapping.expiryFormat),
    ...text('decimal', mapping.decimal),
    ...text('thousands', mapping.thousands),
    ...text('currency_sign', mapping.currencySign),
    ...(mapping.upperCase === true ? ['upper_case: true'] : []),
    ...text('delimiter', mapping.delimiter),
    ...(mapping.trim === true ? ['trim: true'] : []),
    ...(empty === undefined ? [] : [`empty: [${empty.map(quoteText).join(', ')}]`]),
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
