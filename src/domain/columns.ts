import { addressFields } from './staged-row.ts';

const billingColumns = addressFields.map((field) => `billing_${field}` as const);
const shippingColumns = addressFields.map((field) => `shipping_${field}` as const);

/** The columns that a merchant's file may have, under the names that Cardlift knows. */
export const canonicalColumns = [
  'merchant_ref',
  'card_number',
  'expiry_month',
  'expiry_year',
  'expiry',
  'cardholder_name',
  'amount',
  'currency',
  'customer_ip',
  'time_zone',
  ...billingColumns,
  ...shippingColumns,
] as const;

export type CanonicalColumn = (typeof canonicalColumns)[number];

const canonicalNames: ReadonlySet<string> = new Set(canonicalColumns);

/** True for the exact name of a column that Cardlift knows. */
export function isCanonicalColumn(name: string): name is CanonicalColumn {
  return canonicalNames.has(name);
}

/** The name without case, blanks, punctuation and full-width forms, for comparing names that mean the same. */
export function normalizeColumnName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

const cvcNames: ReadonlySet<string> = new Set([
  ...['csc', 'cid', 'cvn', 'cvn2', 'cav', 'cav2', 'cvd', 'cvx', 'cvx2', 'seccode'],
  ...['track', 'track1', 'track2', 'track3', 'trackdata', 'magstripe', 'magneticstripe'],
  ...['pin', 'pinblock', 'pinnumber', 'cardpin'],
]);
const cvcNameParts = [
  'cvc',
  'cvv',
  'securitycode',
  'cardcode',
  'verificationvalue',
  'verificationcode',
  'verificationnumber',
  'セキュリティ',
  'カード確認番号',
  '暗証番号',
  'prüfnummer',
  'prüfziffer',
  'códigodeseguridad',
  'codigodeseguridad',
  'codedesécurité',
  'codedesecurite',
  'cryptogramme',
];

/**
 * True where the column's name says that it holds what may not be kept after authorization (PCI DSS 3.3.1): card security
 * codes (CVC, CVV, CID …), data of the magnetic stripe, PINs.
 */
export function isCvcColumnName(name: string): boolean {
  const consolidated = normalizeColumnName(name);
  return cvcNames.has(consolidated) || cvcNameParts.some((part) => consolidated.includes(part));
}

/** Which of the file's columns holds what. */
export interface ColumnLayout {
  readonly columnCount: number;
  /** The column's place from 0, or -1 where the file does not have it. */
  readonly indexOf: Readonly<Record<CanonicalColumn, number>>;
  /** Places of the address columns in the order of `addressFields`; empty where the file has none of them. */
  readonly billing: readonly number[];
  readonly shipping: readonly number[];
  /** Places of columns for card security codes, which must be empty in every row. */
  readonly cvc: readonly number[];
  /** Values that every row has behind its own cells, for columns that the file does not have. */
  readonly constants: readonly string[];
}

/**
 * The layout of a header whose columns are given by name; undefined stands for a column that is passed over. Constants are
 * for columns that are not among them.
 */
export function createColumnLayout(
  columns: readonly (CanonicalColumn | undefined)[],
  cvc: readonly number[] = [],
  constants: Readonly<Partial<Record<CanonicalColumn, string>>> = {},
): ColumnLayout {
  const all = [...columns, ...(Object.keys(constants) as CanonicalColumn[])];
  const indexOf = Object.fromEntries(canonicalColumns.map((name) => [name, all.indexOf(name)])) as Record<
    CanonicalColumn,
    number
  >;
  const places = (names: readonly CanonicalColumn[]) => {
    const indexes = names.map((name) => indexOf[name]);
    return indexes.some((index) => index >= 0) ? indexes : [];
  };
  return {
    columnCount: columns.length,
    indexOf,
    billing: places(billingColumns),
    shipping: places(shippingColumns),
    cvc,
    constants: Object.values(constants),
  };
}

/** The columns that the file must have and does not; amount and currency are required unless given for the batch. */
export function missingColumns(
  present: ReadonlySet<CanonicalColumn>,
  given: { readonly hasAmount: boolean; readonly hasCurrency: boolean },
): readonly CanonicalColumn[] {
  const required: CanonicalColumn[] = ['merchant_ref', 'card_number'];
  if (present.has('expiry_month') || present.has('expiry_year')) required.push('expiry_month', 'expiry_year');
  else required.push('expiry');
  if (!given.hasAmount) required.push('amount');
  if (!given.hasCurrency) required.push('currency');
  return required.filter((column) => !present.has(column));
}
