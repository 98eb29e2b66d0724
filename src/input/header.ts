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

/** How a merchant's own header is read. */
export interface HeaderOptions {
  /** The merchant's column names and the columns they stand for. */
  readonly columns?: Readonly<Record<string, CanonicalColumn>>;
  /** The merchant's columns to pass over. */
  readonly ignoreColumns?: readonly string[];
  readonly defaultAmount?: string;
  readonly defaultCurrency?: string;
}

/** Reads the cells of the header line; throws FileRefusedError where the file cannot be taken. */
export function parseHeader(names: readonly string[], line: number, options: HeaderOptions): ColumnLayout {
  const mapping = new Map(Object.entries(options.columns ?? {}));
  const ignored = new Set(options.ignoreColumns ?? []);
  refuseData(names, line, (name) => mapping.has(name) || ignored.has(name));
  refuseStaleMapping(names, line, [...mapping.keys()]);

  const cvc: number[] = [];
  const unknown: string[] = [];
  const columns = names.map((name, index): CanonicalColumn | undefined => {
    const mapped = mapping.get(name);
    // "cid" is a customer's id to some merchants: told so by a mapping, it is believed; of a plainer name it is not.
    if (isCvcColumnName(name) && !(mapped !== undefined && name.toLowerCase() === 'cid')) {
      cvc.push(index);
      return undefined;
    }
    if (mapped !== undefined) return mapped;
    if (ignored.has(name)) return undefined;
    if (isCanonicalColumn(name)) return name;
    unknown.push(describeUnknown(name, index));
    return undefined;
  });
  if (unknown.length > 0) {
    throw new FileRefusedError('header_unknown', { line, columns: unknown.slice(0, 10) });
  }
  refuseDuplicates(names, columns, line);
  const present = new Set(columns.filter((column) => column !== undefined));
  const missing = missingColumns(present, {
    hasAmount: options.defaultAmount !== undefined,
    hasCurrency: options.defaultCurrency !== undefined,
  });
  if (missing.length > 0) throw new FileRefusedError('header_required_missing', { line, columns: missing });
  return createColumnLayout(columns, cvc);
}

/** A first line without a single name that we know is taken for data, so that none of its cells is ever quoted. */
function refuseData(names: readonly string[], line: number, isTold: (name: string) => boolean): void {
  const isNumber = (name: string | undefined) =>
    name !== undefined && /^[\d\s\-.,/]*\d[\d\s\-.,/]*$/.test(name);
  const isKnown = (name: string) =>
    isTold(name) || isCvcColumnName(name) || knownColumnOf(name) !== undefined;
  const hasLongNumber = names.some((name) => /\d{6}/.test(name.normalize('NFKC').replace(/[ -]/g, '')));
  if (isNumber(names[0]) || hasLongNumber || !names.some(isKnown)) {
    throw new FileRefusedError('header_missing', { line });
  }
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
): void {
  const places = (wanted: readonly CanonicalColumn[]) =>
    columns.flatMap((column, index) =>
      column !== undefined && wanted.includes(column) ? [quoteColumn(names[index] ?? '', index)] : [],
    );
  for (const column of columns) {
    if (column === undefined) continue;
    const same = places([column]);
    if (same.length > 1) throw new FileRefusedError('header_duplicate', { line, columns: same });
  }
  const parts = places(['expiry_month', 'expiry_year']);
  if (columns.includes('expiry') && parts.length > 0) {
    throw new FileRefusedError('header_duplicate', {
      line,
      columns: places(['expiry', 'expiry_month', 'expiry_year']),
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

/** The delimiter that stands most often in the header line outside quotes; a comma where none does. */
export function detectDelimiter(headerLine: string): Delimiter {
  const unquoted = headerLine.replace(/"(?:[^"]|"")*"/g, '');
  const counts = delimiters.map((delimiter) => ({ delimiter, count: unquoted.split(delimiter).length }));
  return counts.sort((left, right) => right.count - left.count)[0]?.delimiter ?? ',';
}
