/* The sentences of docs/results.md about columns. The types make a new column impossible to forget. */
import type { chargeColumns, resultColumns, unresolvedColumns } from '../../src/results/result-files.ts';

type OutputColumn =
  | (typeof resultColumns)[number]
  | (typeof unresolvedColumns)[number]
  | (typeof chargeColumns)[number];

export const outputColumnTexts = {
  row: 'The number of the data line, from 1. The header is not counted.',
  merchant_ref: 'The reference of the file. Empty where it could not be read, or held a card number.',
  outcome: 'What became of the row: see [outcomes](errors.md#outcomes).',
  stored_payment_method_id:
    'The token. Only where the gateway gave one; of a `skipped` row, the earlier one.',
  error_code: 'Why the row is not `tokenized`: see [row codes](errors.md#row-codes). Empty for `tokenized`.',
  error_message:
    "The code's sentence, then the gateway's own words, with runs of 12 or more digits taken out.",
  next_step: 'What to do with the row. For a `tokenized` row that deserves a look, the reason.',
  transaction_id:
    "The gateway's id of the payment, where it gave one. Needed for a refund. Of a `skipped` row, the earlier payment's.",
  merchant_txn_ref:
    "What we called the request. Another one for each send; look it up in the gateway's dashboard.",
  amount: 'As it was sent. Empty where the row was rejected for it.',
  currency: 'As it was sent. Empty where the row was rejected for it.',
  scheme: 'The brand: as the gateway names it, else by the prefix of the number. In small letters.',
  card: 'The first six and last four digits; of 12 and 13 digits the last four only.',
  sends:
    'How many intents were made for the row: at least as many as requests that left for it. 0: it was never sent.',
  sent_at: "When the request was about to leave, in UTC, by the worker's clock.",
  completed_at:
    "When the answer was read, or the waiting for it ended, in UTC, by the worker's clock. Empty where the row was not sent, or its worker died.",
  resolution:
    'Empty. For what a person finds out: `tokenized`, `charged_without_token` or `not_charged`; `resolve` reads it back.',
} as const satisfies Record<OutputColumn, string>;
