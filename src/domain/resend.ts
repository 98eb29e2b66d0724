/*
 * Which rows a redrive may send again, decided only by the catalogue's entry for their code. Pure.
 */
import type { RowOutcome } from '../contract/outcome.ts';
import { errorCodeEntry, type RowErrorCode, rowErrorCodes } from './error-codes.ts';

/** What the operator asked to send again. */
export interface ResendChoice {
  /** Only these codes; absent: every code that may be sent again. */
  readonly only?: readonly string[];
  readonly includesSoftDeclines: boolean;
  /** A fixed row may replace a rejected one. */
  readonly hasFile: boolean;
}

/** True for a code of the catalogue. */
export function isRowErrorCode(text: string): text is RowErrorCode {
  return Object.hasOwn(rowErrorCodes, text);
}

/** True if a row with this outcome may be sent again in a pass with this choice. */
export function mayBeSentAgain(
  { outcome, errorCode }: { readonly outcome: RowOutcome; readonly errorCode?: string | undefined },
  choice: ResendChoice,
): boolean {
  if (errorCode === undefined || !isRowErrorCode(errorCode)) return false;
  const entry = errorCodeEntry(errorCode);
  // An outcome that does not match its code means damage, and damaged rows are not sent.
  if (entry.outcome !== outcome) return false;
  if (choice.only !== undefined && !choice.only.includes(errorCode)) return false;
  switch (outcome) {
    case 'failed':
    case 'not_sent':
      return entry.resend === 'redrive';
    case 'declined':
      return entry.resend === 'redrive' && choice.includesSoftDeclines;
    case 'rejected':
      // The original file also contains the new card, so only an explicit request sends it.
      if (errorCode === 'card_changed' && choice.only === undefined) return false;
      return entry.resend === 'fix_file' && choice.hasFile;
    case 'tokenized':
    case 'charged_without_token':
    case 'unknown':
    case 'skipped':
      return false;
  }
}
