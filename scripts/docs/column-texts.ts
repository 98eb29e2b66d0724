/* The sentences of docs/input-format.md and docs/results.md about columns. The types make a new column impossible to forget. */
import type { CanonicalColumn } from '../../src/domain/columns.ts';
import type { chargeColumns, resultColumns, unresolvedColumns } from '../../src/results/result-files.ts';

export interface InputColumnText {
  readonly isRequired: 'yes' | 'no' | string;
  /** The most characters, where the text is free; a test holds it to the row's checks. */
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
  expiry: { isRequired: 'unless there are the two above', text: 'One of the shapes below.' },
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

type OutputColumn =
  | (typeof resultColumns)[number]
  | (typeof unresolvedColumns)[number]
  | (typeof chargeColumns)[number];

export const outputColumnTexts = {
  row: 'The number of the data line, from 1. The header is not counted.',
  merchant_ref: 'The reference of the file. Empty where it could not be read, or held a card number.',
  outcome: 'What became of the row: see [outcomes](errors.md#outcomes).',
  stored_payment_method_id: 'The token. Only where the gateway gave one.',
  error_code: 'Why the row is not `tokenized`: see [row codes](errors.md#row-codes). Empty for `tokenized`.',
  error_message:
    "The code's sentence, then the gateway's own words, with runs of 12 or more digits taken out.",
  next_step: 'What to do with the row. For a `tokenized` row that deserves a look, the reason.',
  transaction_id: "The gateway's id of the payment, where it gave one. Needed for a refund.",
  merchant_txn_ref:
    "What we called the request. Another one for each send; look it up in the gateway's dashboard.",
  amount: 'As it was sent. Empty where the row was rejected for it.',
  currency: 'As it was sent. Empty where the row was rejected for it.',
  scheme: 'The brand: as the gateway names it, else by the prefix of the number. In small letters.',
  card: 'The first six and last four digits; of 12 and 13 digits the last four only.',
  sends:
    'How many notes were made for the row: at least as many as requests that left for it. 0: it was never sent.',
  completed_at: "When the answer was read, in UTC, by the worker's clock. Empty where there was none.",
  resolution:
    'Empty. For what a person finds out; the command that reads it back (`resolve`) is not there yet.',
} as const satisfies Record<OutputColumn, string>;
