/*
 * Descriptions of the columns for the template and docs/input-format.md. The types require one for
 * every column.
 */
import type { CanonicalColumn } from './columns.ts';

export interface InputColumnText {
  readonly isRequired: 'yes' | 'no' | string;
  /** Maximum length of free text. A test compares it with the row checks. */
  readonly maxCharacters?: number;
  readonly text: string;
}

const expiryPart = 'with the other one, unless there is `expiry`';
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
    text: 'Your own name for the card. Another one in every row; no line breaks; not a card number.',
  },
  card_number: {
    isRequired: 'yes',
    text: '12 to 16 digits; single spaces or dashes between them are taken out. 17 to 19 digits are rejected, since the API takes 16.',
  },
  expiry_month: { isRequired: expiryPart, text: '`1` to `12`, one or two digits.' },
  expiry_year: { isRequired: expiryPart, text: 'Two or four digits.' },
  expiry: {
    isRequired: 'unless there are the two above',
    text: '`MM/YY`, `MM/YYYY`, `MMYY`, `MMYYYY` or `YYYY-MM`.',
  },
  cardholder_name: { isRequired: 'no', maxCharacters: 255, text: 'As it stands on the card.' },
  amount: {
    isRequired: 'unless `--amount` is given',
    text: 'What the row is charged: a positive number such as `1000` or `10.50`, no leading zero, no separators, at most 12 digits and 4 decimals. Sent as it stands. An empty cell takes `--amount`.',
  },
  currency: {
    isRequired: 'unless `--currency` is given',
    text: 'Three capital letters such as `JPY`. An empty cell takes `--currency`.',
  },
  customer_ip: {
    isRequired: 'no',
    text: "The cardholder's own IPv4 or IPv6 address. Never one address for all rows: the gateway counts attempts per address.",
  },
  time_zone: { isRequired: 'no', maxCharacters: 128, text: 'Such as `Asia/Tokyo`.' },
  billing_country: country,
  billing_email: address(45, 'The API takes no longer one.'),
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
