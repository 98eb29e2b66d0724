import { type ColumnMapping, isTrustedCvcName } from '../domain/column-mapping.ts';
import { knownColumnOf, proposeColumn } from '../domain/column-proposals.ts';
import {
  type CanonicalColumn,
  type ColumnLayout,
  createColumnLayout,
  isCanonicalColumn,
  isCvcColumnName,
  missingColumns,
} from '../domain/columns.ts';
import { scrubText } from '../domain/scrub.ts';
import { FileRefusedError, quoteColumn } from './file-refused-error.ts';
import type { HeaderOptions } from './header-options.ts';
import { proposeMapping } from './mapping-proposal.ts';

/** A longer list would hide its own beginning. */
const maxColumnsShown = 10;

/** Parses the cells of the header line. Throws FileRefusedError if the header is not acceptable. */
export function parseHeader(names: readonly string[], line: number, options: HeaderOptions): ColumnLayout {
  const mapping = new Map(Object.entries(options.mapping?.columns ?? {}));
  const ignored = new Set(options.mapping?.ignored ?? []);
  const constants = options.mapping?.constants ?? {};
  refuseData(names, line, (name) => mapping.has(name) || ignored.has(name));
  refuseStaleMapping(names, line, [...mapping.keys(), ...ignored]);

  const cvc: number[] = [];
  const unknown: number[] = [];
  const columns = names.map((name, index): CanonicalColumn | undefined => {
    const mapped = mapping.get(name);
    if (isCvcColumnName(name) && !(mapped !== undefined && isTrustedCvcName(name))) {
      cvc.push(index);
      return undefined;
    }
    if (mapped !== undefined) return mapped;
    if (ignored.has(name)) return undefined;
    if (isCanonicalColumn(name)) return name;
    unknown.push(index);
    return undefined;
  });
  if (unknown.length > 0) {
    const shown = unknown
      .slice(0, maxColumnsShown)
      .map((index) => describeUnknown(names[index] ?? '', index));
    const more = unknown.length > shown.length ? [`and ${unknown.length - shown.length} more`] : [];
    throw new FileRefusedError('header_unknown', {
      line,
      columns: [...shown, ...more],
      mapping: proposeMapping(names, options),
    });
  }
  refuseDuplicates(names, columns, line, constants);
  const present = new Set(columns.filter((column) => column !== undefined));
  const missing = missingColumns(new Set([...present, ...(Object.keys(constants) as CanonicalColumn[])]), {
    hasAmount: options.defaultAmount !== undefined,
    hasCurrency: options.defaultCurrency !== undefined,
  });
  if (missing.length > 0) throw new FileRefusedError('header_required_missing', { line, columns: missing });
  return createColumnLayout(columns, cvc, constants);
}

/** A first line without any known name is treated as data, so that none of its cells is quoted. */
function refuseData(names: readonly string[], line: number, isInMapping: (name: string) => boolean): void {
  const isNumber = (name: string | undefined) =>
    name !== undefined && /^[\d\s\-.,/]*\d[\d\s\-.,/]*$/.test(name);
  const isKnown = (name: string) =>
    isInMapping(name) || isCvcColumnName(name) || knownColumnOf(name) !== undefined;
  const hasLongNumber = names.some((name) => /\d{6}/.test(name.normalize('NFKC').replace(/[ -]/g, '')));
  if (isNumber(names[0]) || hasLongNumber || !names.some(isKnown)) {
    const hint = guessHeaderFault(names);
    throw new FileRefusedError('header_missing', hint === undefined ? { line } : { line, hint });
  }
}

/** A likely cause of a broken first line, without quoting it. */
function guessHeaderFault([first = '', ...others]: readonly string[]): string | undefined {
  if (/^sep=/i.test(first)) return 'it is an Excel directive ("sep="), which must be removed';
  const separator = ['|', '，', '、'].find((character) => first.includes(character));
  if (others.length > 0 || separator === undefined) return undefined;
  return `its cells seem to be separated by "${separator}", and only commas, semicolons and tabs are read`;
}

function refuseStaleMapping(names: readonly string[], line: number, mapped: readonly string[]): void {
  const stale = mapped.filter((name) => !names.includes(name));
  if (stale.length === 0) return;
  throw new FileRefusedError('header_mapping', {
    line,
    columns: stale.map((name) => `"${scrubText(name, 40)}"`),
  });
}

function refuseDuplicates(
  names: readonly string[],
  columns: readonly (CanonicalColumn | undefined)[],
  line: number,
  constants: ColumnMapping['constants'],
): void {
  const namesOf = (wanted: readonly CanonicalColumn[]) =>
    columns.flatMap((column, index) =>
      column !== undefined && wanted.includes(column) ? [quoteColumn(names[index] ?? '', index)] : [],
    );
  for (const column of columns) {
    if (column === undefined) continue;
    const same = namesOf([column]);
    if (constants[column] !== undefined) same.push("the mapping's constant");
    if (same.length > 1) throw new FileRefusedError('header_duplicate', { line, columns: same });
  }
  const parts = namesOf(['expiry_month', 'expiry_year']);
  if (columns.includes('expiry') && parts.length > 0) {
    throw new FileRefusedError('header_duplicate', {
      line,
      columns: namesOf(['expiry', 'expiry_month', 'expiry_year']),
    });
  }
}

function describeUnknown(name: string, index: number): string {
  if (name.trim() === '') return `column ${index + 1} without a name`;
  const proposal = proposeColumn(name);
  const quoted = quoteColumn(name, index);
  return proposal === undefined ? quoted : `${quoted}, did you mean ${proposal}?`;
}

const delimiters = [',', ';', '\t'] as const;
export type Delimiter = (typeof delimiters)[number];

/** The most frequent delimiter in the header line outside quotes; a comma if there is none. */
export function detectDelimiter(headerLine: string): Delimiter {
  const unquoted = headerLine.replace(/"(?:[^"]|"")*"/g, '');
  const counts = delimiters.map((delimiter) => ({ delimiter, count: unquoted.split(delimiter).length }));
  return counts.sort((left, right) => right.count - left.count)[0]?.delimiter ?? ',';
}
