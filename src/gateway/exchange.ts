/*
 * What happened between Cardlift and a gateway in one send. The gateway's client makes it, and the
 * verdict reads it. An answer is in our own terms, the same for every provider. Every text in it
 * has passed the redactor, and only the fields listed here are kept.
 */

/** The readable part of an answer's body. A field that was not sent, or is unusable, is absent. */
export interface PaymentAnswer {
  /** What the answer says of the payment as a whole. */
  readonly success?: boolean;
  readonly isLive?: boolean;
  /** The provider's own result code. */
  readonly gatewayCode?: string;
  /** The provider's own text. */
  readonly gatewayMessage?: string;
  /** The numeric response code of the issuer or processor, if the provider passes one on. */
  readonly responseCode?: number;
  readonly scheme?: string;
  readonly transactionId?: string;
  readonly storedPaymentMethodId?: string;
  /** Why a token cannot be kept as it is, in a sentence that shows the token if that is safe. */
  readonly unusableToken?: string;
  /** A transaction id came that cannot be kept. */
  readonly hasUnusableTransactionId?: boolean;
  /** The token is not where the API puts it. */
  readonly isTokenMisplaced?: boolean;
  /** The answer sends the cardholder to a page (3-D Secure). */
  readonly hasRedirect?: boolean;
  /**
   * The request references in the answer that are not this request's: the answer belongs to
   * another request. One that must not be shown is `[not shown]`.
   */
  readonly foreignRefs?: readonly string[];
  /** How the reported charge differs from the request, in a sentence. Absent if it does not. */
  readonly otherCharge?: string;
}

/** The bytes of an answer that may have to be kept: decoded, cut to a limit, never logged. */
export interface RawAnswer {
  readonly raw?: Uint8Array;
}

export type NotConnectedCause = 'dns' | 'refused' | 'timeout' | 'other';

export type Exchange =
  /** No connection was made, so nothing was sent. */
  | { readonly kind: 'not_connected'; readonly cause: NotConnectedCause }
  /**
   * The TLS handshake failed because of a certificate or the protocol, so nothing was sent. `code`
   * is OpenSSL's or Node's.
   */
  | { readonly kind: 'not_trusted'; readonly code: string }
  /**
   * The request may have left, and no complete answer came. `answer` is what could be read of a
   * partial one.
   */
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
      /** The body was cut off, so `answer` is only the part that came. */
      readonly isCutOff?: boolean;
      /**
       * The bytes may prove a payment in a place where `answer` has none, or part of an object is
       * missing.
       */
      readonly mayHoldEvidence?: boolean;
    } & RawAnswer);

/** The part of a request that its answer is compared with. */
export interface SentRequest {
  readonly merchantTxnRef: string;
  readonly amount: string;
  readonly currency: string;
}
