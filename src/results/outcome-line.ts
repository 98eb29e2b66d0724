import { z } from 'zod';
import type { RowAnswer } from '../contract/row-answer.ts';
import { maskCardNumber } from '../domain/card.ts';
import { definedOf } from '../domain/defined.ts';
import type { RejectedRow, SkippedRow, StagedRow } from '../domain/staged-row.ts';
import { rowAnswerSchema } from '../storage/row-answer-schema.ts';

export const outcomeLineSchema = rowAnswerSchema.extend({
  row: z.int(),
  merchantRef: z.string(),
  amount: z.string(),
  currency: z.string(),
  scheme: z.string(),
  /** Masked. */
  card: z.string(),
  /** The cells that are passed through to the results, in the mapping's order. */
  passed: z.array(z.string()).readonly().exactOptional(),
  /** Number of intents created for the row in this pass. */
  sends: z.int(),
  /**
   * When the last send was about to happen, by the worker's clock; absent if the row was not sent.
   */
  sentAt: z.string().exactOptional(),
  /** Sends of this pass that were certainly not processed: the first few and the last ones. */
  notProcessed: z.array(z.object({ intent: z.int(), at: z.string(), cause: z.string() })).exactOptional(),
  /** True if the result arrived after the shard was consolidated. */
  isLate: z.boolean().exactOptional(),
  // Both are absent if the row was never sent.
  merchantTxnRef: z.string().exactOptional(),
  completedAt: z.string().exactOptional(),
});

/**
 * One row's outcome in the shard's outcome file: everything the results need, and no card number.
 */
export type OutcomeLine = z.infer<typeof outcomeLineSchema>;

/** The fields of a line that do not depend on the outcome. */
export type RowFields = Pick<
  OutcomeLine,
  | 'row'
  | 'merchantRef'
  | 'amount'
  | 'currency'
  | 'scheme'
  | 'card'
  | 'passed'
  | 'sends'
  | 'sentAt'
  | 'notProcessed'
>;

/** How often and when a row was sent in a pass, and what happened to earlier sends. */
export type RowSends = Pick<OutcomeLine, 'sends' | 'sentAt' | 'notProcessed'>;

export const neverSent: RowSends = { sends: 0 };

/** The outcome-independent part of a row's line. */
export function rowFieldsOf(row: StagedRow, sends: RowSends): RowFields {
  return {
    row: row.row,
    merchantRef: row.merchantRef,
    amount: row.amount,
    currency: row.currency,
    scheme: row.scheme,
    card: row.kind === 'sendable' ? maskCardNumber(row.cardNumber) : row.maskedCard,
    ...definedOf({ passed: row.passed }),
    ...sends,
  };
}

/** The line of a row that got an answer. */
export function answeredLine(row: StagedRow, sends: RowSends, answer: RowAnswer): OutcomeLine {
  return answeredPart(rowFieldsOf(row, sends), answer);
}

/** Like `answeredLine`, for a given `RowFields`. */
export function answeredPart(part: RowFields, answer: RowAnswer): OutcomeLine {
  return { ...part, ...answer, scheme: answer.scheme ?? part.scheme };
}

/** The line of a row that got no answer. */
export function unansweredLine(
  row: StagedRow,
  sends: RowSends,
  end: Pick<OutcomeLine, 'outcome' | 'errorCode' | 'message' | 'merchantTxnRef'>,
): OutcomeLine {
  return { ...rowFieldsOf(row, sends), ...end };
}

/** The line of a row that failed our own checks. */
export function rejectedLine(row: RejectedRow): OutcomeLine {
  const [first, ...others] = row.errorCodes;
  return unansweredLine(row, neverSent, {
    outcome: 'rejected',
    ...definedOf({ errorCode: first }),
    ...(others.length === 0 ? {} : { message: `also: ${others.join(', ')}` }),
  });
}

/** The line of a row whose token is in an earlier result. */
export function skippedLine(row: SkippedRow): OutcomeLine {
  const { storedPaymentMethodId, transactionId } = row;
  return {
    ...rowFieldsOf(row, neverSent),
    outcome: 'skipped',
    errorCode: 'already_tokenized',
    storedPaymentMethodId,
    ...definedOf({ transactionId }),
  };
}

/** The line of a row that is never sent; undefined if the row is sendable. */
export function unsentLine(row: StagedRow): OutcomeLine | undefined {
  switch (row.kind) {
    case 'sendable':
      return undefined;
    case 'rejected':
      return rejectedLine(row);
    case 'skipped':
      return skippedLine(row);
  }
}

/** The line, updated with a result that arrived after it was written. The row's own part stays. */
export function lateLine(
  line: OutcomeLine,
  end: RowAnswer | Pick<OutcomeLine, 'outcome' | 'errorCode' | 'merchantTxnRef'>,
): OutcomeLine {
  const { row, merchantRef, amount, currency, scheme, card, passed, sends, sentAt, notProcessed } = line;
  return {
    row,
    merchantRef,
    amount,
    currency,
    card,
    sends,
    ...definedOf({ passed, sentAt, notProcessed }),
    ...end,
    scheme: ('scheme' in end ? end.scheme : undefined) ?? scheme,
    isLate: true,
  };
}
