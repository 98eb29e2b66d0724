import { type CanonicalColumn, createColumnLayout, isCvcColumnName } from './columns.ts';
import { errorCodeEntry } from './error-codes.ts';
import { holdsCardNumber } from './merchant-ref.ts';
import type { RowLimits } from './row-limits.ts';
import { validateRow } from './row-validation.ts';

/**
 * How a merchant's own columns are read, as the operator said it. It is kept in the batch's record and its manifest, so it
 * holds no card data. JSON-safe.
 */
export interface ColumnMapping {
  /** The merchant's column names, verbatim, and the columns they stand for. */
  readonly columns: Readonly<Record<string, CanonicalColumn>>;
  /** Columns that the file does not have, with the value that every row gets. */
  readonly constants: Readonly<Partial<Record<CanonicalColumn, string>>>;
  /** The merchant's column names that are passed over, verbatim. */
  readonly ignored: readonly string[];
}

/**
 * What differs from card to card, so that one value for all rows can only be a mistake. The gateway counts attempts per
 * `customer_ip`: a constant one gets the whole batch declined.
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

/** What is wrong with a mapping by itself, before a file is seen: sentences without a full stop and without a constant's value. */
export function findMappingFaults(
  { columns, constants, ignored }: ColumnMapping,
  limits: RowLimits,
): readonly string[] {
  const faults: string[] = [];
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
      faults.push(`${column} stands for several columns: ${names.map((name) => `"${name}"`).join(', ')}`);
    if (constants[column] !== undefined) faults.push(`${column} is both a column and a constant`);
  }
  for (const [name, value] of Object.entries(constants)) {
    const column = name as CanonicalColumn;
    if (!mayBeConstant(column)) faults.push(`${column} differs from row to row and cannot be a constant`);
    else faults.push(...findConstantFaults(column, value, limits));
  }
  return faults;
}

/** "cid" is a customer's id to some merchants: told so by a mapping, it is believed; of a plainer name it is not. */
export function isTrustedCvcName(name: string): boolean {
  return name.toLowerCase() === 'cid';
}

/** A row that is right in everything but perhaps the constant, so that a constant is checked by the very rules of a cell. */
const goodRow: Readonly<Partial<Record<CanonicalColumn, string>>> = {
  merchant_ref: 'x',
  card_number: '4111111111111111',
  expiry: '2000-01',
  amount: '1',
  currency: 'JPY',
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
