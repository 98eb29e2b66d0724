import type { RowOutcome } from './outcome.ts';

/** The ids of an answer that belongs to another request. */
export interface ForeignAnswer {
  /** The references that it names; `[not shown]` for one that must not be shown. */
  readonly merchantTxnRefs: readonly string[];
  readonly transactionId?: string;
  readonly storedPaymentMethodId?: string;
}

/**
 * What is kept of a row's last send: the outcome and the allowed fields of the gateway's answer, in
 * terms that are the same for every provider. Every text is scrubbed. Stored in intents and outcome
 * files, and in a history if an intent result could not be written.
 */
export interface RowAnswer {
  readonly outcome: RowOutcome;
  readonly storedPaymentMethodId?: string;
  /** A code of the catalogue (docs/errors.md); absent for `tokenized`. */
  readonly errorCode?: string;
  /** The gateway's own text. */
  readonly message?: string;
  readonly httpStatus?: number;
  /** The provider's result code. */
  readonly gatewayCode?: string;
  /** The numeric response code of the issuer or processor, if the provider passes one on. */
  readonly responseCode?: number;
  readonly transactionId?: string;
  readonly merchantTxnRef: string;
  /** As the gateway names it. */
  readonly scheme?: string;
  readonly isLive?: boolean;
  /** True if the gateway says that it made the payment. */
  readonly isCharged?: boolean;
  /** Why a `tokenized` row deserves a look, e.g. a partial approval. */
  readonly remark?: string;
  /** The ids of an answer that names another request. They are not this row's. */
  readonly foreign?: ForeignAnswer;
  /** ISO 8601, by the clock of the worker. */
  readonly completedAt: string;
}
