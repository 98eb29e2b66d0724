/* Which rows a redrive may send again: what the catalogue says of their code, and nothing else. Pure. */
import type { RowOutcome } from '../contract/outcome.ts';
import { errorCodeEntry, type RowErrorCode, rowErrorCodes } from './error-codes.ts';

/** What an operator asked to be sent again. */
export interface ResendChoice {
  /** These codes only; absent: every one that may be sent again. */
  readonly only?: readonly string[];
  readonly includesSoftDeclines: boolean;
  /** A fixed row may take the place of a rejected one. */
  readonly hasFile: boolean;
}

/** True for a code of the catalogue. */
export function isRowErrorCode(text: string): text is RowErrorCode {
  return Object.hasOwn(rowErrorCodes, text);
}

/** True where a row that ended so may be sent again in a pass that was asked for with this choice. */
export function mayBeSentAgain(
  { outcome, errorCode }: { readonly outcome: RowOutcome; readonly errorCode?: string | undefined },
  choice: ResendChoice,
): boolean {
  if (errorCode === undefined || !isRowErrorCode(errorCode)) return false;
  const entry = errorCodeEntry(errorCode);
  // Both must agree: an outcome that does not belong to its code is damage, and damage is not sent.
  if (entry.outcome !== outcome) return false;
  if (choice.only !== undefined && !choice.only.includes(errorCode)) return false;
  switch (outcome) {
    case 'failed':
    case 'not_sent':
      return entry.resend === 'redrive';
    case 'declined':
      return entry.resend === 'redrive' && choice.includesSoftDeclines;
    case 'rejected':
      // The file that was given first has the new card, too: only a person's own word sends it.
      if (errorCode === 'card_changed' && choice.only === undefined) return false;
      return entry.resend === 'fix_file' && choice.hasFile;
    case 'tokenized':
    case 'charged_without_token':
    case 'unknown':
    case 'skipped':
      return false;
  }
}
