import type { RowOutcome } from './outcome.ts';

/** The ids of an answer that belongs to another request. */
export interface ForeignAnswer {
  /** The `merchant_txn_ref`s that it names; `[not shown]` for one that must not be shown. */
  readonly merchantTxnRefs: readonly string[];
  readonly transactionId?: string;
  readonly storedPaymentMethodId?: string;
}

/**
 * What is kept of a row's last send: the outcome and an allow-list of the gateway's answer. Every text is scrubbed. Stored
 * in intents and outcome files, and in a history where an intent could not be written.
 */
export interface RowAnswer {
  readonly outcome: RowOutcome;
  readonly storedPaymentMethodId?: string;
  /** A code of the catalogue (docs/errors.md); absent for `tokenized`. */
  readonly errorCode?: string;
  /** The gateway's own words. */
  readonly message?: string;
  readonly httpStatus?: number;
  readonly gatewayCode?: string;
  readonly responseCode?: number;
  readonly transactionId?: string;
  readonly merchantTxnRef: string;
  /** As the gateway names it. */
  readonly scheme?: string;
  readonly isLive?: boolean;
  /** True where the gateway says that it made the payment. */
  readonly isCharged?: boolean;
  /** A `tokenized` row that deserves a look, e.g. a partial approval. */
  readonly remark?: string;
  /** Of an answer that names another request: its ids, which are not this row's. */
  readonly foreign?: ForeignAnswer;
  /** ISO 8601, by the clock of the worker. */
  readonly completedAt: string;
}
