/*
 * What the template and docs/input-format.md say about each column. The types make a new column
 * impossible to forget.
 */
import type { CanonicalColumn } from './columns.ts';
import type { LimitedField, RowLimits } from './row-limits.ts';

export interface InputColumnText {
  readonly isRequired: 'yes' | 'no' | string;
  /** Maximum length of free text. A test compares it with the row checks. */
  readonly maxCharacters?: number;
  readonly text: string;
}

const expiryPart = 'together with the other part, unless `expiry` is given';
const address: InputColumnText = { isRequired: 'no', text: '' };
const country: InputColumnText = {
  isRequired: 'no',
  text: 'A country of ISO 3166-1: two capital letters such as `JP`.',
};

const inputColumnTexts = {
  merchant_ref: {
    isRequired: 'yes',
    maxCharacters: 255,
    text: 'Your own reference for the card. Unique in the file; no line breaks; not a card number.',
  },
  card_number: {
    isRequired: 'yes',
    text: 'Single spaces or dashes between the digits are removed.',
  },
  expiry_month: { isRequired: expiryPart, text: '`1` to `12`, one or two digits.' },
  expiry_year: { isRequired: expiryPart, text: 'Two or four digits.' },
  expiry: {
    isRequired: 'unless both columns above are given',
    text: '`MM/YY`, `MM/YYYY`, `MMYY`, `MMYYYY` or `YYYY-MM`.',
  },
  cardholder_name: { isRequired: 'no', text: 'As printed on the card.' },
  amount: {
    isRequired: 'unless `--amount` is given',
    text: 'The amount to charge: a positive number such as `1000` or `10.50`, no leading zero, no separators, at most 12 digits, and no more decimals than the currency has. Sent unchanged. If the cell is empty, `--amount` is used.',
  },
  currency: {
    isRequired: 'unless `--currency` is given',
    text: 'A currency of ISO 4217: three capital letters such as `JPY`. If the cell is empty, `--currency` is used.',
  },
  customer_ip: {
    isRequired: 'no',
    text: "The cardholder's own IPv4 or IPv6 address. Do not use one address for all rows: the gateway counts attempts per address.",
  },
  time_zone: { isRequired: 'no', text: 'For example `Asia/Tokyo`.' },
  billing_country: country,
  billing_email: address,
  billing_phone_number: address,
  billing_address1: address,
  billing_city: address,
  billing_state: address,
  billing_postal_code: address,
  shipping_country: country,
  shipping_email: address,
  shipping_phone_number: address,
  shipping_address1: address,
  shipping_city: address,
  shipping_state: address,
  shipping_postal_code: address,
} as const satisfies Record<CanonicalColumn, InputColumnText>;

/** The description of a column, with the limits of the gateway. */
export function describeInputColumn(column: CanonicalColumn, limits: RowLimits): InputColumnText {
  const own: InputColumnText = inputColumnTexts[column];
  if (column === 'card_number') {
    return { ...own, text: `${describeDigits(limits.maxCardNumberDigits)} ${own.text}` };
  }
  const field = column.replace(/^(?:billing|shipping)_/, '');
  return isLimited(field, limits) ? { ...own, maxCharacters: limits.maxCharacters[field] } : own;
}

/** No card number has more digits. */
const mostDigits = 19;

function describeDigits(maxDigits: number): string {
  return maxDigits < mostDigits
    ? `12 to ${maxDigits} digits; more are rejected, since the gateway accepts no more.`
    : `12 to ${maxDigits} digits.`;
}

function isLimited(field: string, { maxCharacters }: RowLimits): field is LimitedField {
  return Object.hasOwn(maxCharacters, field);
}
