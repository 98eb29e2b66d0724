/*
 * What happened between us and the gateway in one send, as the verdict reads it. Made by the gateway's client; every text
 * is scrubbed already, and nothing is here that the allow-list does not name.
 */

/** The readable part of an answer's body. A field the gateway did not send, or sent in an unusable form, is absent. */
export interface PaymentAnswer {
  readonly success?: boolean;
  readonly isLive?: boolean;
  readonly gatewayCode?: string;
  readonly gatewayMessage?: string;
  readonly responseCode?: number;
  readonly scheme?: string;
  readonly transactionId?: string;
  readonly storedPaymentMethodId?: string;
  /** The answer sends the cardholder to a page (3-D Secure). */
  readonly hasRedirect?: boolean;
}

export type Exchange =
  /** No connection was ever made, so nothing was sent. */
  | { readonly kind: 'not_connected'; readonly cause: 'dns' | 'refused' | 'timeout' | 'tls' | 'other' }
  /** The request may have gone out; no whole answer came. */
  | { readonly kind: 'no_answer'; readonly cause: 'timeout' | 'connection_lost' }
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** From a `Retry-After` header, in milliseconds from now. */
      readonly retryAfterMs?: number;
      /** Absent where the body was not a JSON object. */
      readonly answer?: PaymentAnswer;
    };
