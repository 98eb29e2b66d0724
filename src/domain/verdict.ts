/*
 * The verdict: what one send means for its row, in terms that no provider owns. `src/gateway`
 * reaches it (classify-exchange.ts); activities, hold rules and results act on it.
 */
import type { HoldCode } from '../contract/hold.ts';
import type { RowOutcome } from '../contract/outcome.ts';
import type { RowErrorCode } from './error-codes.ts';

/** How an answer counts towards the rules that put a batch on hold. */
export type AnswerKind = 'definite' | 'ambiguous' | 'request_refused' | 'set_up_code' | 'velocity';

/** Why the gateway could not process the request. Every other row would fail the same way. */
export type SetUpFault =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'tls'; readonly code: string };

/** A reason to hold the whole batch after one answer, because the next rows may be affected too. */
export type InstantHold = Extract<HoldCode, 'answers_mixed_up' | 'amount_disagrees'>;

/** The row has an outcome. */
export interface FinalVerdict {
  readonly kind: 'final';
  readonly outcome: RowOutcome;
  readonly errorCode?: RowErrorCode;
  readonly counts: AnswerKind;
  readonly isCharged?: boolean;
  readonly remark?: string;
  readonly holds?: InstantHold;
}

/**
 * A final verdict that claims neither a token nor a charge. A provider's own tables can say no
 * more.
 */
export interface Refusal extends FinalVerdict {
  readonly outcome: 'declined' | 'failed' | 'unknown';
}

export type Verdict =
  /** Certainly nothing was processed. The row may be sent again later. */
  | { readonly kind: 'not_processed'; readonly cause: string; readonly retryAfterMs?: number }
  /** Certainly nothing was processed, and no other row would be. The batch holds. */
  | { readonly kind: 'set_up_wrong'; readonly fault: SetUpFault }
  | FinalVerdict;

/** The row may have been charged. */
export const ambiguous = (errorCode: RowErrorCode): Refusal => ({
  kind: 'final',
  outcome: 'unknown',
  errorCode,
  counts: 'ambiguous',
});

/** The gateway or the issuer declined. */
export const declined = (errorCode: RowErrorCode): Refusal => ({
  kind: 'final',
  outcome: 'declined',
  errorCode,
  counts: 'definite',
});
