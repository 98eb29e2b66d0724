/* Describes for people how a file is read. */
import type { ColumnMapping } from '../../domain/column-mapping.ts';
import { scrubText } from '../../domain/scrub.ts';
import type { FileReading } from '../../operations/file-reading.ts';

/** One line each for the encoding, the mapped columns, the constants and the ignored columns. */
export function describeReading({ mapping, encoding }: FileReading): string[] {
  const named = Object.entries(mapping?.columns ?? {}).map(([name, column]) => `${quote(name)} is ${column}`);
  const constants = Object.entries(mapping?.constants ?? {}).map(([column, value]) => `${column} ${value}`);
  const ignored = [
    ...(mapping?.ignored ?? []).map(quote),
    ...(mapping?.ignoredPlaces ?? []).map(({ name, column }) => `${quote(name)} (column ${column})`),
  ];
  return [
    ...(encoding === undefined ? [] : [`Encoding  converted from ${encoding}`]),
    ...list('Columns   ', named),
    ...list('All rows  ', constants),
    ...list('Ignored   ', ignored),
    ...list('Reading   ', readingOf(mapping)),
  ];
}

function readingOf(mapping: ColumnMapping | undefined): string[] {
  if (mapping === undefined) return [];
  const { delimiter, trim, expiryFormat, decimal, thousands, currencySign, upperCase, empty } = mapping;
  const quoted = (text: string): string => JSON.stringify(text);
  return [
    ...(mapping.reference === undefined
      ? []
      : [
          `merchant_ref is ${mapping.reference.columns.map(quote).join(` ${quoted(mapping.reference.separator)} `)}`,
        ]),
    ...(mapping.passed ?? []).map((name) => `${quote(name)} is passed through to results.csv`),
    ...(expiryFormat === undefined ? [] : [`expiry is ${expiryFormat}`]),
    ...(decimal === undefined ? [] : [`decimals follow ${quoted(decimal)}`]),
    ...(thousands === undefined ? [] : [`thousands are separated by ${quoted(thousands)}`]),
    ...(currencySign === undefined ? [] : [`amounts may have the sign ${quoted(currencySign)}`]),
    ...(upperCase === true ? ['currencies and countries are read as capitals'] : []),
    ...(empty === undefined ? [] : [`empty cells: ${empty.map(quote).join(', ')}`]),
    ...(delimiter === undefined ? [] : [`cells are separated by ${quoted(delimiter)}`]),
    ...(trim === true ? ['blanks around cells are removed'] : []),
  ];
}

function list(label: string, texts: readonly string[]): string[] {
  return texts.map((text, index) => `${index === 0 ? label : ' '.repeat(label.length)}${text}`);
}

function quote(name: string): string {
  return `"${scrubText(name, 60)}"`;
}
