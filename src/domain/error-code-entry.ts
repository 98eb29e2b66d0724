import type { RowOutcome } from '../contract/outcome.ts';

/** Who must act. */
export type Actor = 'merchant' | 'cardholder' | 'operator' | 'gateway' | 'none';

/**
 * When the row may be sent again: `never`, by a redrive, after the file is fixed, or only after an
 * operator's `resolve`.
 */
export type Resend = 'never' | 'redrive' | 'fix_file' | 'resolve';

export interface ErrorCodeEntry {
  readonly outcome: RowOutcome;
  /** One sentence for the reader of the results, without a period and without values of the row. */
  readonly text: string;
  readonly actor: Actor;
  readonly resend: Resend;
  /** What to do next, in one sentence without a period. */
  readonly nextStep: string;
}
