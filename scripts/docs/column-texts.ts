/*
 * The sentences of docs/results.md about columns. The types make a new column impossible to forget.
 */
import type { chargeColumns, resultColumns, unresolvedColumns } from '../../src/results/result-files.ts';

type OutputColumn =
  | (typeof resultColumns)[number]
  | (typeof unresolvedColumns)[number]
  | (typeof chargeColumns)[number];

export const outputColumnTexts = {
  row: 'The number of the data line, from 1. The header is not counted.',
  merchant_ref: "The file's reference. Empty if it could not be read or contained a card number.",
  outcome: 'What became of the row: see [outcomes](errors.md#outcomes).',
  stored_payment_method_id: 'The token, if the gateway gave one; for a `skipped` row, the earlier one.',
  error_code: 'Why the row is not `tokenized`: see [row codes](errors.md#row-codes). Empty for `tokenized`.',
  error_message: "The code's sentence, then the gateway's own words, with runs of 12 or more digits removed.",
  next_step: 'What to do with the row. For a `tokenized` row that needs a look, the reason.',
  transaction_id:
    "The gateway's id of the payment, if it gave one. Needed for a refund. For a `skipped` row, the earlier payment's.",
  merchant_txn_ref: "Our id of the request, different for each send. Look it up in the gateway's dashboard.",
  amount: 'As sent. Empty if the row was rejected because of it.',
  currency: 'As sent. Empty if the row was rejected because of it.',
  scheme: "The brand in lower case: as the gateway names it, otherwise by the number's prefix.",
  card: 'The first six and last four digits; of 12 and 13 digits only the last four.',
  sends:
    'How many send intents were created for the row: at least the number of its requests. 0: it was never sent.',
  sent_at: "When the request was about to leave, in UTC, by the worker's clock.",
  completed_at:
    "When the answer was read, or the wait for it ended, in UTC, by the worker's clock. Empty if the row was not sent, or its worker died.",
  resolution:
    'Empty. A person fills in `tokenized`, `charged_without_token` or `not_charged`; `resolve` reads it.',
} as const satisfies Record<OutputColumn, string>;
