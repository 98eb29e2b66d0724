import type { TokenizeRowInput, TokenizeRowResult } from '../contract/activities.ts';
import type { ForeignAnswer, RowAnswer } from '../contract/row-answer.ts';
import { definedOf } from '../domain/defined.ts';
import type { FinalVerdict } from '../domain/verdict.ts';
import type { Exchange, PaymentAnswer } from '../gateway/exchange.ts';

/**
 * What is kept of an exchange that ended its row: the allowed fields of the answer, and the
 * verdict's conclusions.
 */
export function rowAnswerOf(
  verdict: FinalVerdict,
  exchange: Exchange,
  merchantTxnRef: string,
  completedAt: string,
): RowAnswer {
  const status = exchange.kind === 'answered' ? exchange.status : undefined;
  const answer: PaymentAnswer = 'answer' in exchange ? (exchange.answer ?? {}) : {};
  const { outcome, errorCode, isCharged, remark } = verdict;
  const foreign = foreignOf(answer);
  // The ids of another request's answer are not this row's.
  const ids = foreign === undefined ? answer : {};
  const message = outcome === 'tokenized' ? undefined : messageOf(status, answer, foreign);
  return {
    outcome,
    merchantTxnRef,
    completedAt,
    ...definedOf({
      storedPaymentMethodId: ids.storedPaymentMethodId,
      errorCode,
      message,
      httpStatus: status,
      gatewayCode: answer.gatewayCode,
      responseCode: answer.responseCode,
      transactionId: ids.transactionId,
      scheme: answer.scheme?.toLowerCase(),
      isLive: answer.isLive,
      isCharged,
      remark,
      foreign,
    }),
  };
}

/** The part of an answer that the workflow needs. For a probe, also whether it could be read. */
export function rowResultOf(
  input: TokenizeRowInput,
  { outcome, httpStatus, isLive }: RowAnswer,
): TokenizeRowResult {
  // After an answer that leaves the charge open the next row is a probe too: the cause may affect
  // every row.
  const isRead = outcome !== 'unknown' && (isLive !== undefined || httpStatus === 200 || httpStatus === 201);
  return { outcome, ...(input.isProbe === true && isRead ? { isRead: true } : {}) };
}

function foreignOf({
  foreignRefs,
  transactionId,
  storedPaymentMethodId,
}: PaymentAnswer): ForeignAnswer | undefined {
  if (foreignRefs === undefined) return undefined;
  return {
    merchantTxnRefs: foreignRefs,
    ...definedOf({ transactionId, storedPaymentMethodId }),
  };
}

function describeForeign({ merchantTxnRefs, transactionId, storedPaymentMethodId }: ForeignAnswer): string {
  return [
    `the answer names another request: merchant_txn_ref ${merchantTxnRefs.join(' and ')}`,
    transactionId === undefined ? undefined : `transaction ${transactionId}`,
    storedPaymentMethodId === undefined ? undefined : `token ${storedPaymentMethodId}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** The gateway's own text and codes, for the person who reads the result. */
function messageOf(
  status: number | undefined,
  { gatewayCode, responseCode, gatewayMessage }: PaymentAnswer,
  foreign: ForeignAnswer | undefined,
): string | undefined {
  const parts = [
    status === undefined || status === 200 || status === 201 ? undefined : `HTTP ${status}`,
    gatewayCode,
    responseCode === undefined ? undefined : `response code ${responseCode}`,
    gatewayMessage,
    foreign === undefined ? undefined : describeForeign(foreign),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}
