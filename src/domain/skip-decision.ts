/*
 * Rows that need not be sent because an earlier result has their token. A token belongs to one
 * card, so both the reference and the masked card must match the earlier result. Pure.
 */

import { maskCardNumber } from './card.ts';
import { definedOf } from './defined.ts';
import type { CheckedRow, StagedRow } from './staged-row.ts';

/** The token of a reference in an earlier result. */
export interface EarlierToken {
  readonly storedPaymentMethodId: string;
  readonly transactionId?: string;
  /** Masked. */
  readonly card: string;
}

/** What earlier results say about a reference. */
export interface EarlierReference {
  /** One per card of the reference. */
  readonly tokens: readonly EarlierToken[];
  /** True if a card of the reference was or may have been charged without a token. */
  readonly isUnresolved: boolean;
}

/** The decision about a row of the new file. */
export type SkipDecision =
  | ({ readonly kind: 'skipped'; readonly row: number } & Omit<EarlierToken, 'card'>)
  | { readonly kind: 'card_changed'; readonly row: number };

/**
 * Decides about a row by the earlier results. `unresolved`: the card may be charged twice, so
 * nothing may be started.
 */
export function decideSkip(
  row: CheckedRow,
  earlier: EarlierReference | undefined,
): SkipDecision | 'unresolved' | undefined {
  // A second row with the same reference is not the one in the earlier result.
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
  // A rejected row is not sent anyway, and its own codes say why.
  if (row.kind === 'rejected') return undefined;
  if (earlier.isUnresolved) return 'unresolved';
  return earlier.tokens.length === 0 ? undefined : { kind: 'card_changed', row: row.row };
}

/** The row as staged. */
export function applySkip(row: CheckedRow, decision: SkipDecision | undefined): StagedRow {
  if (decision === undefined) return row;
  const { row: number, line, merchantRef, amount, currency, scheme } = row;
  const maskedCard = row.kind === 'sendable' ? maskCardNumber(row.cardNumber) : row.maskedCard;
  const part = {
    row: number,
    line,
    merchantRef,
    maskedCard,
    amount,
    currency,
    scheme,
    ...definedOf({ passed: row.passed }),
  };
  switch (decision.kind) {
    case 'skipped': {
      const { storedPaymentMethodId, transactionId } = decision;
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
