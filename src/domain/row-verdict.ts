/* What a verdict can be, and the words that its parts share. */
import type { HoldCode } from '../contract/hold.ts';
import type { RowOutcome } from '../contract/outcome.ts';
import type { RowErrorCode } from './error-codes.ts';

/** How an answer counts towards the rules that put a batch on hold. */
export type AnswerKind = 'definite' | 'ambiguous' | 'request_refused' | 'set_up_code' | 'velocity';

/** Why the request could not have been processed, and would not be for any other row either. */
export type SetUpFault =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'tls'; readonly code: string };

/** What an answer means for the whole batch at once: the next rows would meet the same. */
export type InstantHold = Extract<HoldCode, 'answers_mixed_up' | 'amount_disagrees'>;

export interface FinalVerdict {
  readonly kind: 'final';
  readonly outcome: RowOutcome;
  readonly errorCode?: RowErrorCode;
  readonly counts: AnswerKind;
  readonly isCharged?: boolean;
  readonly remark?: string;
  readonly holds?: InstantHold;
}

export type Verdict =
  /** Certainly nothing was processed: the row may be sent again, after a while. */
  | { readonly kind: 'not_processed'; readonly cause: string; readonly retryAfterMs?: number }
  /** Certainly nothing was processed, and it would go the same way for every row: the batch holds. */
  | { readonly kind: 'set_up_wrong'; readonly fault: SetUpFault }
  | FinalVerdict;

export const ambiguous = (errorCode: RowErrorCode): FinalVerdict => ({
  kind: 'final',
  outcome: 'unknown',
  errorCode,
  counts: 'ambiguous',
});

export const declined = (errorCode: RowErrorCode): FinalVerdict => ({
  kind: 'final',
  outcome: 'declined',
  errorCode,
  counts: 'definite',
});
