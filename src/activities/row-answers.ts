import type { TokenizeRowInput, TokenizeRowResult } from '../contract/activities.ts';
import type { ForeignAnswer, RowAnswer } from '../contract/row-answer.ts';
import type { FinalVerdict } from '../domain/verdict.ts';
import type { Exchange, PaymentAnswer } from '../gateway/exchange.ts';

/** What is kept of an exchange that settled its row: the allow-list of the answer, and what the verdict made of it. */
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
    ...optional('storedPaymentMethodId', ids.storedPaymentMethodId),
    ...optional('errorCode', errorCode),
    ...optional('message', message),
    ...optional('httpStatus', status),
    ...optional('gatewayCode', answer.gatewayCode),
    ...optional('responseCode', answer.responseCode),
    ...optional('transactionId', ids.transactionId),
    ...optional('scheme', answer.scheme?.toLowerCase()),
    ...optional('isLive', answer.isLive),
    ...optional('isCharged', isCharged),
    ...optional('remark', remark),
    ...optional('foreign', foreign),
  };
}

/** What the workflow is told of an answer; to a row that went alone, whether the answer could be read. */
export function rowResultOf(
  input: TokenizeRowInput,
  { outcome, httpStatus, isLive }: RowAnswer,
): TokenizeRowResult {
  // After an answer that leaves the charge open the next row goes alone, too: what is wrong may be wrong for every row.
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
    ...optional('transactionId', transactionId),
    ...optional('storedPaymentMethodId', storedPaymentMethodId),
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

/** The gateway's own words and codes, for the person who reads the result. */
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

function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}
