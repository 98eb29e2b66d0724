/*
 * The one catalogue of everything a row that is not tokenized can say about itself. docs/errors.md is made of it, and a
 * test holds the two together. A code is a promise to the scripts that read results.csv: it may be added, not renamed.
 */
import type { RowOutcome } from '../contract/outcome.ts';

/** Who has to do something about the row. */
export type Actor = 'merchant' | 'cardholder' | 'operator' | 'gateway' | 'nobody';

/** May the row be sent again: `never`, by a redrive, after fixing the file, or only after an operator's `resolve`. */
export type Resend = 'never' | 'redrive' | 'fix_file' | 'resolve';

export interface ErrorCodeEntry {
  readonly outcome: RowOutcome;
  /** One sentence in the words of the person who reads the result; no full stop, no value of the row. */
  readonly text: string;
  readonly actor: Actor;
  readonly resend: Resend;
  /** What to do next, in one sentence; no full stop. */
  readonly nextStep: string;
}

const fix = 'Fix the row in the file and send it with a redrive';

/** A redrive finds the batch's row by its reference. */
const fixElsewhere = 'Fix the row and run it in a separate batch: a redrive finds rows by merchant_ref';

const rejected = (text: string, nextStep: string = fix): ErrorCodeEntry => ({
  outcome: 'rejected',
  text,
  actor: 'merchant',
  resend: 'fix_file',
  nextStep,
});

const declinedHard = (text: string): ErrorCodeEntry => ({
  outcome: 'declined',
  text,
  actor: 'cardholder',
  resend: 'never',
  nextStep: 'Ask the cardholder for another card; the same card is not sent again',
});

const declinedSoft = (text: string): ErrorCodeEntry => ({
  outcome: 'declined',
  text,
  actor: 'nobody',
  resend: 'redrive',
  nextStep: 'Redrive the batch on another day, with --include soft-declines',
});

const unknown = (text: string): ErrorCodeEntry => ({
  outcome: 'unknown',
  text,
  actor: 'operator',
  resend: 'resolve',
  nextStep: "Look up merchant_txn_ref in the gateway's dashboard, then resolve the row",
});

export const rowErrorCodes = {
  row_column_count: rejected('The row has a different number of columns than the header', fixElsewhere),
  row_empty: rejected(
    'The row has no values',
    'Remove the row from the file, or fill it in and run it in a separate batch',
  ),
  merchant_ref_missing: rejected('merchant_ref is empty', fixElsewhere),
  merchant_ref_too_long: rejected('merchant_ref is longer than 255 characters', fixElsewhere),
  merchant_ref_duplicate: rejected(
    'merchant_ref is already used in an earlier row of the file',
    'Only the first row with it was accepted: give this one its own reference and run it in a separate batch',
  ),
  merchant_ref_control_character: rejected(
    'merchant_ref has a line break or another invisible character',
    fixElsewhere,
  ),
  merchant_ref_card_number: rejected(
    'merchant_ref looks like a card number',
    'Give the row another reference and run it in a separate batch: results are not encrypted and must not contain card numbers',
  ),
  card_number_missing: rejected('card_number is empty'),
  card_number_excel_damage: rejected(
    'card_number was damaged by a spreadsheet',
    'Export the file again with the column as text; lost digits cannot be restored',
  ),
  card_number_not_digits: rejected('card_number has characters other than digits, single spaces and dashes'),
  card_number_too_short: rejected('card_number has too few digits'),
  card_number_too_long: rejected(
    'card_number has more digits than the gateway accepts',
    'Ask the gateway whether it accepts longer numbers; the number is never shortened',
  ),
  card_number_length: rejected('card_number has the wrong length for its brand'),
  card_number_checksum: rejected('card_number fails the Luhn check: a digit is wrong'),
  card_number_test_card: rejected('card_number is a well-known test card, and the batch is live'),
  expiry_missing: rejected('The expiry date is empty'),
  expiry_format: rejected('The expiry is in none of the supported formats'),
  expiry_month_range: rejected('The expiry month is not 01 to 12'),
  expiry_year_range: rejected('The expiry year is more than 20 years away'),
  card_expired: rejected('The card has expired', 'Ask the cardholder for the new expiry date'),
  cardholder_name_too_long: rejected('cardholder_name is longer than the gateway accepts'),
  amount_missing: rejected('amount is empty'),
  amount_format: rejected('amount is not a positive number such as 1000 or 10.50'),
  currency_missing: rejected('currency is empty'),
  currency_format: rejected('currency is not three capital letters such as JPY'),
  customer_ip_format: rejected('customer_ip is not an IPv4 or IPv6 address'),
  time_zone_too_long: rejected('time_zone is longer than the gateway accepts'),
  country_format: rejected('A country is not two capital letters such as JP'),
  email_too_long: rejected('An email is longer than the gateway accepts'),
  phone_number_too_long: rejected('A phone_number is longer than the gateway accepts'),
  address1_too_long: rejected('An address1 is longer than the gateway accepts'),
  city_too_long: rejected('A city is longer than the gateway accepts'),
  state_too_long: rejected('A state is longer than the gateway accepts'),
  postal_code_too_long: rejected('A postal_code is longer than the gateway accepts'),
  control_character: rejected('A field has a line break or another control character'),
  card_changed: rejected(
    'In the given earlier results, the reference has a token for another card',
    'If the earlier card is right, use its token; to charge the new card, redrive with the file and --only card_changed',
  ),

  card_invalid: declinedHard('The gateway reports that the card is invalid'),
  declined_hard: declinedHard('The issuer declined the card permanently'),
  declined_not_permitted: declinedHard('The issuer does not allow this kind of payment on the card'),
  declined_cardholder_action: {
    ...declinedHard('The issuer requires the cardholder to act'),
    nextStep: 'Ask the cardholder to contact the bank, or to pay once with authentication',
  },
  three_d_secure_required: {
    ...declinedHard('The gateway requires 3-D Secure, which a batch cannot do'),
    nextStep: 'Ask the cardholder to store the card on a page with 3-D Secure',
  },
  declined_soft: declinedSoft('The issuer declined the payment for now'),
  declined_system: declinedSoft('The issuer or the card network was unavailable'),
  declined_velocity: {
    ...declinedHard(
      "The gateway's velocity rules refused the card or address: the batch itself is the cause",
    ),
    actor: 'operator',
    nextStep: 'Ask the gateway for an exemption during the migration',
  },
  declined_risk: {
    ...declinedHard("The gateway's risk rules refused the payment"),
    actor: 'operator',
    nextStep: 'Ask the gateway which risk rule refused it',
  },
  declined_other: {
    ...declinedHard('The gateway declined with an unlisted code'),
    actor: 'operator',
    nextStep: 'Ask the gateway what the code means; the row is not sent again automatically',
  },

  request_refused: {
    outcome: 'failed',
    text: 'The gateway refused the request itself; nothing was charged',
    actor: 'operator',
    resend: 'redrive',
    nextStep: "Fix what the gateway's message names, then redrive the batch",
  },
  set_up_refused: {
    outcome: 'failed',
    text: "The gateway refused the merchant's set-up; nothing was charged",
    actor: 'gateway',
    resend: 'redrive',
    nextStep: "Ask the gateway to fix the merchant's set-up, then redrive the batch",
  },
  resolved_not_charged: {
    outcome: 'failed',
    text: 'The outcome was unknown; an operator resolved it as not charged',
    actor: 'operator',
    resend: 'redrive',
    nextStep: 'Redrive the batch',
  },

  charged_no_token: {
    outcome: 'charged_without_token',
    text: 'The payment was made, but the answer has no stored_payment_method_id',
    actor: 'operator',
    resend: 'never',
    nextStep: 'Refund the payment, or ask the gateway for the stored id of the transaction',
  },

  unknown_timeout: unknown('No answer arrived in time after the request was sent'),
  unknown_connection_lost: unknown('The connection was lost after the request was sent'),
  unknown_server_error: unknown(
    'The gateway or a proxy answered with an error that does not say whether it charged',
  ),
  unknown_unreadable_answer: unknown("The gateway's answer could not be read"),
  unknown_unclear_code: unknown('The gateway answered with a code that does not say whether it charged'),
  unknown_duplicate: unknown('The gateway reports a duplicate payment, so an earlier one may have been made'),
  unknown_contradiction: unknown("The gateway's answer contradicts itself"),
  unknown_three_d_secure: unknown(
    'The gateway reports success together with a link to 3-D Secure, so it may or may not have charged',
  ),
  unknown_unusable_token: {
    ...unknown('The gateway answered with a token that cannot be stored as it is'),
    nextStep:
      'Read the answer with `cardlift show`, ask the gateway for the stored id of the transaction, then resolve the row',
  },
  unknown_process_stopped: unknown('The process was stopped after the request may have been sent'),

  already_tokenized: {
    outcome: 'skipped',
    text: 'The given earlier results already have the token',
    actor: 'nobody',
    resend: 'never',
    nextStep: 'Use the earlier token',
  },
  batch_cancelled: {
    outcome: 'not_sent',
    text: 'The batch was cancelled before the row was sent',
    actor: 'nobody',
    resend: 'redrive',
    nextStep: 'Redrive the batch',
  },
  not_sent_process_stopped: {
    outcome: 'not_sent',
    text: 'The process was stopped before the row was sent, as its late result shows',
    actor: 'nobody',
    resend: 'redrive',
    nextStep: 'Redrive the batch',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

/** A stable code of the catalogue. */
export type RowErrorCode = keyof typeof rowErrorCodes;

/** The catalogue's entry for a code. */
export function errorCodeEntry(code: RowErrorCode): ErrorCodeEntry {
  return rowErrorCodes[code];
}
