import { type CanonicalColumn, createColumnLayout, isCvcColumnName } from './columns.ts';
import { errorCodeEntry } from './error-codes.ts';
import { holdsCardNumber } from './merchant-ref.ts';
import { findReadingFaults, type ReadingOptions } from './reading-options.ts';
import { hasTooManyDecimals } from './row-amount.ts';
import type { RowLimits } from './row-limits.ts';
import { validateRow } from './row-validation.ts';

/**
 * How to read a merchant's own columns, as given by the operator. Stored in the batch record and
 * the manifest, so it contains no card data. JSON-safe.
 */
export interface ColumnMapping extends ReadingOptions {
  /** The merchant's column names, verbatim, and the columns they mean. */
  readonly columns: Readonly<Record<string, CanonicalColumn>>;
  /** Values for columns that the file does not have; the same for every row. */
  readonly constants: Readonly<Partial<Record<CanonicalColumn, string>>>;
  /** The merchant's columns to ignore, verbatim. */
  readonly ignored: readonly string[];
}

/**
 * Columns that differ from card to card: one value for all rows can only be a mistake. The gateway
 * counts attempts per `customer_ip`, so a constant one gets the whole batch declined.
 */
const neverConstant: ReadonlySet<CanonicalColumn> = new Set([
  'merchant_ref',
  'card_number',
  'expiry_month',
  'expiry_year',
  'expiry',
  'cardholder_name',
  'customer_ip',
]);

/** True for a column that may have one value for all rows. */
export function mayBeConstant(column: CanonicalColumn): boolean {
  return !neverConstant.has(column);
}

/**
 * What is wrong with a mapping by itself, before a file is read. The sentences have no full stop
 * and do not quote a constant's value.
 */
export function findMappingFaults(mapping: ColumnMapping, limits: RowLimits): readonly string[] {
  const { columns, constants, ignored, passed = [] } = mapping;
  const faults: string[] = [...findReadingFaults(mapping)];
  for (const name of passed) {
    if (isCvcColumnName(name))
      faults.push(`"${name}" is named like a card security code, which may not be kept (PCI DSS 3.3.1)`);
    if (holdsCardNumber(name, '')) faults.push('pass_through has a name that looks like a card number');
    if (ignored.includes(name)) faults.push(`"${name}" is both passed through and ignored`);
  }
  const { reference } = mapping;
  const isOther = ([name, column]: [string, CanonicalColumn]): boolean =>
    column === 'merchant_ref' && reference?.columns.includes(name) === false;
  if (Object.entries(columns).some(isOther)) {
    faults.push('merchant_ref is both a column and composed by reference');
  }
  const namesOf = new Map<CanonicalColumn, string[]>();
  for (const [name, column] of Object.entries(columns)) {
    namesOf.set(column, [...(namesOf.get(column) ?? []), name]);
    if (ignored.includes(name)) faults.push(`"${name}" is both mapped and ignored`);
    if (isCvcColumnName(name) && !isTrustedCvcName(name)) {
      faults.push(`"${name}" is named like a card security code, which may not be kept (PCI DSS 3.3.1)`);
    }
  }
  for (const [column, names] of namesOf) {
    if (names.length > 1)
      faults.push(`${column} is mapped from several columns: ${names.map((name) => `"${name}"`).join(', ')}`);
    if (constants[column] !== undefined) faults.push(`${column} is both a column and a constant`);
  }
  for (const [name, value] of Object.entries(constants)) {
    const column = name as CanonicalColumn;
    if (!mayBeConstant(column)) faults.push(`${column} differs from row to row and cannot be a constant`);
    else faults.push(...findConstantFaults(column, value, limits));
  }
  const { amount = '', currency = '' } = constants;
  if (hasTooManyDecimals(amount, currency)) {
    faults.push('the constant amount has more decimals than the constant currency (ISO 4217)');
  }
  return faults;
}

/**
 * For some merchants "cid" is a customer id, so a mapping may use this name. Clearer names of
 * security codes are never trusted.
 */
export function isTrustedCvcName(name: string): boolean {
  return name.toLowerCase() === 'cid';
}

/**
 * A row that is valid except perhaps for the constant, so that constants are checked by the rules
 * for cells.
 */
const goodRow: Readonly<Partial<Record<CanonicalColumn, string>>> = {
  merchant_ref: 'x',
  card_number: '4111111111111111',
  expiry: '2000-01',
  amount: '1',
  // Four decimals: the most that an amount may have.
  currency: 'CLF',
};

function findConstantFaults(column: CanonicalColumn, value: string, limits: RowLimits): string[] {
  if (value.trim() === '') return [`the constant ${column} is empty`];
  if (holdsCardNumber(value, '')) return [`the constant ${column} looks like a card number`];
  const cells = { ...goodRow, [column]: value };
  const row = validateRow(
    Object.values(cells),
    { row: 1, line: 1 },
    {
      layout: createColumnLayout(Object.keys(cells) as CanonicalColumn[]),
      today: '2000-01-01',
      isLive: false,
      limits,
      isDuplicateRef: () => false,
    },
  );
  return row.kind === 'sendable'
    ? []
    : row.errorCodes.map((code) => `the constant ${column} is wrong: ${errorCodeEntry(code).text}`);
}
