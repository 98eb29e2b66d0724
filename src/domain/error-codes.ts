/*
 * The catalogue of error codes: every row that is not tokenized has one. docs/errors.md is
 * generated from it, and a test compares the two. Scripts that read results.csv rely on the codes:
 * add new ones, never rename.
 */
import type { ErrorCodeEntry } from './error-code-entry.ts';
import { rejectionCodes } from './rejection-codes.ts';

export type { Actor, ErrorCodeEntry, Resend } from './error-code-entry.ts';

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
  actor: 'none',
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
  ...rejectionCodes,

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
  unknown_storage_forgot: unknown('The row was answered, and the storage has lost the answer'),

  already_tokenized: {
    outcome: 'skipped',
    text: 'The given earlier results already have the token',
    actor: 'none',
    resend: 'never',
    nextStep: 'Use the earlier token',
  },
  batch_cancelled: {
    outcome: 'not_sent',
    text: 'The batch was cancelled before the row was sent',
    actor: 'none',
    resend: 'redrive',
    nextStep: 'Redrive the batch',
  },
  not_sent_process_stopped: {
    outcome: 'not_sent',
    text: 'The process was stopped before the row was sent, as its late result shows',
    actor: 'none',
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
