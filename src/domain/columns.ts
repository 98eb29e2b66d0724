import { definedOf } from './defined.ts';
import { addressFields } from './staged-row.ts';

const billingColumns = addressFields.map((field) => `billing_${field}` as const);
const shippingColumns = addressFields.map((field) => `shipping_${field}` as const);

/** The columns of a merchant's file, under Cardlift's names. */
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

/** True for the exact name of one of these columns. */
export function isCanonicalColumn(name: string): name is CanonicalColumn {
  return canonicalNames.has(name);
}

/** The name without case, blanks, punctuation and full-width forms, for comparison. */
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
 * True if the column's name indicates data that must not be stored after authorization (PCI DSS
 * 3.3.1): card security codes (CVC, CVV, CID …), magnetic stripe data, PINs.
 */
export function isCvcColumnName(name: string): boolean {
  const normalized = normalizeColumnName(name);
  return cvcNames.has(normalized) || cvcNameParts.some((part) => normalized.includes(part));
}

const textColumns: readonly CanonicalColumn[] = [
  'cardholder_name',
  'time_zone',
  ...[...billingColumns, ...shippingColumns].filter((column) => !column.endsWith('_country')),
];

/** Which column of the file holds what. */
export interface ColumnLayout {
  readonly columnCount: number;
  /** The column's index from 0, or -1 if the file does not have it. */
  readonly indexOf: Readonly<Record<CanonicalColumn, number>>;
  /**
   * Indexes of the address columns, in the order of `addressFields`; empty if the file has none.
   */
  readonly billing: readonly number[];
  readonly shipping: readonly number[];
  /** The columns of free text, apart from the reference. */
  readonly texts: readonly { readonly column: CanonicalColumn; readonly index: number }[];
  /** Indexes of columns for card security codes, which must be empty in every row. */
  readonly cvc: readonly number[];
  /** Indexes of columns that are written to the results unread. */
  readonly passed: readonly number[];
  /** How the reference is composed; absent: it is a column. */
  readonly reference?: ReferenceLayout;
  /** Values appended to every row's cells, for columns that the file does not have. */
  readonly constants: readonly string[];
}

/** The parts of a composed reference: indexes of columns, or `last4`. */
export interface ReferenceLayout {
  readonly parts: readonly (number | 'last4')[];
  readonly separator: string;
}

/** What a layout has besides its columns. */
export interface LayoutParts {
  readonly cvc?: readonly number[];
  readonly passed?: readonly number[];
  readonly reference?: ReferenceLayout;
}

/**
 * The layout of a header given by column names. `undefined` is an ignored column. `constants` must
 * not repeat a column.
 */
export function createColumnLayout(
  columns: readonly (CanonicalColumn | undefined)[],
  { cvc = [], passed = [], reference }: LayoutParts = {},
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
    texts: textColumns.flatMap((column) => (indexOf[column] < 0 ? [] : [{ column, index: indexOf[column] }])),
    cvc,
    passed,
    ...definedOf({ reference }),
    constants: Object.values(constants),
  };
}

/**
 * The required columns that the file lacks. Amount and currency are required unless given for the
 * batch.
 */
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
