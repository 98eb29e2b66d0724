/*
 * Rows that need not be sent, since an earlier result has their token. A token is about one card: it is carried over where
 * reference and masked card are those of the earlier result. Pure.
 */

import { maskCardNumber } from './card.ts';
import { definedOf } from './defined.ts';
import type { CheckedRow, StagedRow } from './staged-row.ts';

/** A token that an earlier result has for a reference. */
export interface EarlierToken {
  readonly storedPaymentMethodId: string;
  readonly transactionId?: string;
  /** Masked. */
  readonly card: string;
}

/** What earlier results say of a reference. */
export interface EarlierReference {
  /** One for each card that the reference had. */
  readonly tokens: readonly EarlierToken[];
  /** True where a card of the reference was charged without a token, or may have been. */
  readonly isUnresolved: boolean;
}

/** What becomes of a row of the new file, by its number. */
export type SkipDecision =
  | ({ readonly kind: 'skipped'; readonly row: number } & Omit<EarlierToken, 'card'>)
  | { readonly kind: 'card_changed'; readonly row: number };

/** What becomes of a row by the earlier results; `unresolved`: it may be charged twice, so nothing may be started. */
export function decideSkip(
  row: CheckedRow,
  earlier: EarlierReference | undefined,
): SkipDecision | 'unresolved' | undefined {
  // The second row with a reference is not the one that the earlier result is about.
  if (earlier === undefined || (row.kind === 'rejected' && row.errorCodes.includes('merchant_ref_duplicate')))
    return undefined;
  const card = row.kind === 'sendable' ? maskCardNumber(row.cardNumber) : row.maskedCard;
  const token = earlier.tokens.find((known) => known.card === card);
  if (token !== undefined && card !== '') {
    const { storedPaymentMethodId, transactionId } = token;
    return {
      kind: 'skipped',
      row: row.row,
      storedPaymentMethodId,
      ...definedOf({ transactionId }),
    };
  }
  // A rejected row is not sent anyhow, and its own codes say what is wrong with it.
  if (row.kind === 'rejected') return undefined;
  if (earlier.isUnresolved) return 'unresolved';
  return earlier.tokens.length === 0 ? undefined : { kind: 'card_changed', row: row.row };
}

/** The row as it is staged. */
export function applySkip(row: CheckedRow, carried: SkipDecision | undefined): StagedRow {
  if (carried === undefined) return row;
  const { row: number, line, merchantRef, amount, currency, scheme } = row;
  const maskedCard = row.kind === 'sendable' ? maskCardNumber(row.cardNumber) : row.maskedCard;
  const part = { row: number, line, merchantRef, maskedCard, amount, currency, scheme };
  switch (carried.kind) {
    case 'skipped': {
      const { storedPaymentMethodId, transactionId } = carried;
      return {
        kind: 'skipped',
        ...part,
        storedPaymentMethodId,
        ...definedOf({ transactionId }),
      };
    }
    case 'card_changed':
      return { kind: 'rejected', ...part, errorCodes: ['card_changed'] };
  }
}
