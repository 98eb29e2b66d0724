/*
 * What happened between Cardlift and the gateway in one send, as the verdict reads it. The gateway's client makes it. Every
 * text in an answer is redacted already, and only fields that the allow-list names are there.
 */

/** The readable part of an answer's body. A field that the gateway did not send, or sent in an unusable form, is absent. */
export interface PaymentAnswer {
  readonly success?: boolean;
  readonly isLive?: boolean;
  readonly gatewayCode?: string;
  readonly gatewayMessage?: string;
  readonly responseCode?: number;
  readonly scheme?: string;
  readonly transactionId?: string;
  readonly storedPaymentMethodId?: string;
  /** A token came that must not or cannot be kept as it is; the text says why, and shows it where that is safe. */
  readonly unusableToken?: string;
  /** A transaction id came that must not or cannot be kept. */
  readonly hasUnusableTransactionId?: boolean;
  /** The token stands where the API does not put one. */
  readonly isTokenMisplaced?: boolean;
  /** The answer sends the cardholder to a page (3-D Secure). */
  readonly hasRedirect?: boolean;
  /** The `merchant_txn_ref`s that are not the request's: the answer is another request's. One that must not be shown is `[not shown]`. */
  readonly foreignRefs?: readonly string[];
  /** How the charge that the answer reports differs from the request, in a sentence; absent if it does not. */
  readonly otherCharge?: string;
}

/** The bytes of an answer that may have to be kept: after content decoding, cut to a limit. Never logged. */
export interface RawAnswer {
  readonly raw?: Uint8Array;
}

export type NotConnectedCause = 'dns' | 'refused' | 'timeout' | 'other';

export type Exchange =
  /** No connection was made, so nothing was sent. */
  | { readonly kind: 'not_connected'; readonly cause: NotConnectedCause }
  /** The TLS handshake failed because of a certificate or the protocol, so nothing was sent. `code` is OpenSSL's or Node's. */
  | { readonly kind: 'not_trusted'; readonly code: string }
  /** The request may have gone out, and no complete answer came. `answer` is what could be read of a part of one. */
  | ({
      readonly kind: 'no_answer';
      readonly cause: 'timeout' | 'connection_lost';
      readonly answer?: PaymentAnswer;
    } & RawAnswer)
  | ({
      readonly kind: 'answered';
      readonly status: number;
      /** From a `Retry-After` header, in milliseconds from now. */
      readonly retryAfterMs?: number;
      /** Absent if the body was not a JSON object. */
      readonly answer?: PaymentAnswer;
      /** True if the body was cut off, so that `answer` is only the part that came. */
      readonly isCutOff?: boolean;
      /** True if the bytes speak of a payment in a place where `answer` has none, or if a part of an object is missing. */
      readonly mayHoldEvidence?: boolean;
    } & RawAnswer);

/** What a request said of itself, to compare its answer with. */
export interface SentRequest {
  readonly merchantTxnRef: string;
  readonly amount: string;
  readonly currency: string;
}
