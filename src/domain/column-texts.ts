/* What the template and docs/input-format.md say about each column. The types make a new column impossible to forget. */
import type { CanonicalColumn } from './columns.ts';

export interface InputColumnText {
  readonly isRequired: 'yes' | 'no' | string;
  /** The most characters, where the text is free; a test holds it to the row's checks. */
  readonly maxCharacters?: number;
  readonly text: string;
}

const expiryPart = 'together with the other part, unless `expiry` is given';
const address = (maxCharacters: number, text: string): InputColumnText => ({
  isRequired: 'no',
  maxCharacters,
  text,
});
const country: InputColumnText = { isRequired: 'no', text: 'Two capital letters such as `JP`.' };

export const inputColumnTexts = {
  merchant_ref: {
    isRequired: 'yes',
    maxCharacters: 255,
    text: 'Your own reference for the card. Unique in the file; no line breaks; not a card number.',
  },
  card_number: {
    isRequired: 'yes',
    text: '12 to 16 digits; single spaces or dashes between them are removed. 17 to 19 digits are rejected, since the API accepts 16.',
  },
  expiry_month: { isRequired: expiryPart, text: '`1` to `12`, one or two digits.' },
  expiry_year: { isRequired: expiryPart, text: 'Two or four digits.' },
  expiry: {
    isRequired: 'unless both columns above are given',
    text: '`MM/YY`, `MM/YYYY`, `MMYY`, `MMYYYY` or `YYYY-MM`.',
  },
  cardholder_name: { isRequired: 'no', maxCharacters: 255, text: 'As printed on the card.' },
  amount: {
    isRequired: 'unless `--amount` is given',
    text: 'The amount to charge: a positive number such as `1000` or `10.50`, no leading zero, no separators, at most 12 digits and 4 decimals. Sent unchanged. If the cell is empty, `--amount` is used.',
  },
  currency: {
    isRequired: 'unless `--currency` is given',
    text: 'Three capital letters such as `JPY`. If the cell is empty, `--currency` is used.',
  },
  customer_ip: {
    isRequired: 'no',
    text: "The cardholder's own IPv4 or IPv6 address. Do not use one address for all rows: the gateway counts attempts per address.",
  },
  time_zone: { isRequired: 'no', maxCharacters: 128, text: 'For example `Asia/Tokyo`.' },
  billing_country: country,
  billing_email: address(45, 'The API accepts no longer one.'),
  billing_phone_number: address(20, ''),
  billing_address1: address(199, ''),
  billing_city: address(65, ''),
  billing_state: address(65, ''),
  billing_postal_code: address(45, ''),
  shipping_country: country,
  shipping_email: address(45, ''),
  shipping_phone_number: address(20, ''),
  shipping_address1: address(199, ''),
  shipping_city: address(65, ''),
  shipping_state: address(65, ''),
  shipping_postal_code: address(45, ''),
} as const satisfies Record<CanonicalColumn, InputColumnText>;
