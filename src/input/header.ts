import { type ColumnMapping, isTrustedCvcName } from '../domain/column-mapping.ts';
import { proposeColumn } from '../domain/column-proposals.ts';
import {
  type CanonicalColumn,
  type ColumnLayout,
  createColumnLayout,
  isCanonicalColumn,
  isCvcColumnName,
  missingColumns,
} from '../domain/columns.ts';
import { FileRefusedError } from './file-refused-error.ts';
import { isKnownName } from './first-lines.ts';
import type { HeaderOptions } from './header-options.ts';
import { proposeMapping } from './mapping-proposal.ts';
import { locateParts, refuseUnusedReading } from './reading-parts.ts';
import { describeInvisible, quoteColumn, showName, trimName } from './shown-name.ts';

/** A longer list would hide its own beginning. */
const maxColumnsShown = 10;

/**
 * Parses the cells of the header line. Names are compared in NFC, because two spellings of one
 * letter look the same. Throws FileRefusedError if the header is not acceptable.
 */
export function parseHeader(cells: readonly string[], line: number, options: HeaderOptions): ColumnLayout {
  const names = cells.map((name) =>
    (options.mapping?.trim === true ? trimName(name) : name).normalize('NFC'),
  );
  const mapping = new Map(
    Object.entries(options.mapping?.columns ?? {}).map(([name, column]) => [name.normalize('NFC'), column]),
  );
  const ignored = new Set((options.mapping?.ignored ?? []).map((name) => name.normalize('NFC')));
  const constants = options.mapping?.constants ?? {};
  const parts = locateParts(names, line, options.mapping);
  const used = new Set([...mapping.keys(), ...ignored, ...parts.names]);
  refuseData(names, line, (name) => used.has(name));
  refuseStaleMapping(names, line, [...used]);

  const cvc: number[] = [];
  const unknown: number[] = [];
  const columns = names.map((name, index): CanonicalColumn | undefined => {
    const mapped = mapping.get(name);
    if (isCvcColumnName(name) && !(mapped !== undefined && isTrustedCvcName(name))) {
      cvc.push(index);
      return undefined;
    }
    if (parts.ignoredIndexes.has(index)) return undefined;
    if (mapped !== undefined) return mapped;
    if (ignored.has(name)) return undefined;
    if (isCanonicalColumn(name)) return name;
    if (parts.names.includes(name)) return undefined;
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
  if (parts.reference !== undefined) present.add('merchant_ref');
  refuseUnusedReading(present, line, options.mapping);
  const missing = missingColumns(new Set([...present, ...(Object.keys(constants) as CanonicalColumn[])]), {
    hasAmount: options.defaultAmount !== undefined,
    hasCurrency: options.defaultCurrency !== undefined,
  });
  if (missing.length > 0) throw new FileRefusedError('header_required_missing', { line, columns: missing });
  return createColumnLayout(columns, { cvc, ...parts }, constants);
}

/**
 * A first line without any known name is treated as data, so that none of its cells is quoted, and
 * so is one with a number. A name in the mapping may look like anything.
 */
function refuseData(names: readonly string[], line: number, isInMapping: (name: string) => boolean): void {
  const others = names.filter((name) => !isInMapping(name));
  const first = names[0] ?? '';
  const isData =
    (isNumber(first) && !isInMapping(first)) ||
    others.some(isLongNumber) ||
    !names.some((name) => isInMapping(name) || isKnownName(name));
  if (isData) throw new FileRefusedError('header_missing', { line });
}

function isNumber(name: string): boolean {
  return /^[\d\s\-.,/]*\d[\d\s\-.,/]*$/.test(name);
}

/** Six digits and no letter, or as many digits as a card number. A date in a name is neither. */
function isLongNumber(name: string): boolean {
  const text = name.normalize('NFKC');
  const digits = text.replace(/\D/g, '').length;
  return digits >= 12 || (digits >= 6 && !/\p{L}/u.test(text));
}

function refuseStaleMapping(names: readonly string[], line: number, mapped: readonly string[]): void {
  const stale = mapped.filter((name) => !names.includes(name));
  if (stale.length === 0) return;
  throw new FileRefusedError('header_mapping', {
    line,
    columns: stale.map((name) => `"${showName(name)}"`),
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
  if (proposal === undefined) return quoted;
  const invisible = describeInvisible(name);
  return `${quoted}, did you mean ${proposal}?${invisible === undefined ? '' : ` ${invisible}`}`;
}
