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
 * A row that passed every check and may be sent. Holds the card number, so it lives only in encrypted staging and in the
 * memory of the process that sends it: never in a workflow, a log or an error.
 */
export interface SendableRow {
  readonly kind: 'sendable';
  /** The data line's number, from 1. */
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
  /** As the merchant wrote it; the unit is the operator's choice and is never computed. */
  readonly amount: string;
  readonly currency: string;
  readonly customerIp?: string;
  readonly timeZone?: string;
  readonly billing: Address;
  readonly shipping?: Address;
  /** Brand by the number's prefix, e.g. `visa`; `unknown` where no prefix fits. */
  readonly scheme: string;
}

/** A row that failed our own checks: it is never sent, and carries no card number. */
export interface RejectedRow {
  readonly kind: 'rejected';
  readonly row: number;
  readonly line: number;
  /** The reference as written, or empty where it is missing or may not be shown (it holds a card number). */
  readonly merchantRef: string;
  /** Why, the gravest first; at least one. */
  readonly errorCodes: readonly RowErrorCode[];
  /** The masked card where the number could be read as one, else empty. */
  readonly maskedCard: string;
  readonly amount: string;
  readonly currency: string;
  readonly scheme: string;
}

/** A row as reading and checking the file leaves it. */
export type CheckedRow = SendableRow | RejectedRow;

/** A row whose card has a token already, by an earlier result that was given: it is never sent. Holds no card number. */
export interface SkippedRow {
  readonly kind: 'skipped';
  readonly row: number;
  readonly line: number;
  readonly merchantRef: string;
  readonly maskedCard: string;
  readonly amount: string;
  readonly currency: string;
  readonly scheme: string;
  /** The earlier result's token, and the payment that brought it. */
  readonly storedPaymentMethodId: string;
  readonly transactionId?: string;
}

export type StagedRow = CheckedRow | SkippedRow;
