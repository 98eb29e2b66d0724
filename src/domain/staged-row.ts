import type { RowErrorCode } from './error-codes.ts';

/** A postal address. A field that the merchant did not give is absent. */
export interface Address {
  readonly country?: string;
  readonly email?: string;
  readonly phone_number?: string;
  readonly address1?: string;
  readonly city?: string;
  readonly state?: string;
  readonly postal_code?: string;
}

/** The fields of an address, in the order of the input's columns. */
export const addressFields = [
  'country',
  'email',
  'phone_number',
  'address1',
  'city',
  'state',
  'postal_code',
] as const satisfies readonly (keyof Address)[];

/**
 * A row that passed every check and may be sent. It contains the card number, so it exists only in
 * encrypted staging and in the memory of the process that sends it: never in a workflow, a log or
 * an error.
 */
export interface SendableRow {
  readonly kind: 'sendable';
  /** Number of the data line, from 1. */
  readonly row: number;
  /** The line of the file where the row begins, from 1 (the header is line 1). */
  readonly line: number;
  readonly merchantRef: string;
  readonly cardNumber: string;
  /** Two digits, `01` to `12`. */
  readonly expiryMonth: string;
  /** Four digits. */
  readonly expiryYear: string;
  readonly cardholderName?: string;
  /** As the merchant wrote it. The unit is the operator's choice; amounts are never computed. */
  readonly amount: string;
  readonly currency: string;
  readonly customerIp?: string;
  readonly timeZone?: string;
  readonly billing: Address;
  readonly shipping?: Address;
  /** Brand by prefix, such as `visa`; `unknown` if no prefix matches. */
  readonly scheme: string;
  /** The cells of the columns that are passed through, in the mapping's order. */
  readonly passed?: readonly string[];
}

/** A row that failed our own checks. It is never sent and contains no card number. */
export interface RejectedRow {
  readonly kind: 'rejected';
  readonly row: number;
  readonly line: number;
  /**
   * The reference as written; empty if it is missing or must not be shown (it contains a card
   * number).
   */
  readonly merchantRef: string;
  /** At least one code, most serious first. */
  readonly errorCodes: readonly RowErrorCode[];
  /** The masked card if the cell contains a number of valid length, else empty. */
  readonly maskedCard: string;
  readonly amount: string;
  readonly currency: string;
  readonly scheme: string;
  readonly passed?: readonly string[];
}

/** A row after reading and checking the file. */
export type CheckedRow = SendableRow | RejectedRow;

/**
 * A row whose card already has a token in an earlier result. It is never sent and contains no card
 * number.
 */
export interface SkippedRow {
  readonly kind: 'skipped';
  readonly row: number;
  readonly line: number;
  readonly merchantRef: string;
  readonly maskedCard: string;
  readonly amount: string;
  readonly currency: string;
  readonly scheme: string;
  /** The earlier result's token and its payment. */
  readonly storedPaymentMethodId: string;
  readonly transactionId?: string;
  readonly passed?: readonly string[];
}

export type StagedRow = CheckedRow | SkippedRow;
