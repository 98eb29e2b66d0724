import type { TokenizeRowInput, TokenizeRowResult } from '../contract/activities.ts';
import type { RowAnswer } from '../contract/row-answer.ts';
import type { Exchange, PaymentAnswer } from '../domain/exchange.ts';
import type { Verdict } from '../domain/verdict.ts';

/** What is kept of an exchange that settled its row: the allow-list of the answer, and what the verdict made of it. */
export function rowAnswerOf(
  verdict: Extract<Verdict, { kind: 'ended' }>,
  exchange: Exchange,
  merchantTxnRef: string,
  completedAt: string,
): RowAnswer {
  const answered = exchange.kind === 'answered' ? exchange : undefined;
  const answer: PaymentAnswer = answered?.answer ?? {};
  const { outcome, errorCode, isCharged, remark } = verdict;
  const message = outcome === 'tokenized' ? undefined : messageOf(answered?.status, answer);
  return {
    outcome,
    merchantTxnRef,
    completedAt,
    ...optional('storedPaymentMethodId', answer.storedPaymentMethodId),
    ...optional('errorCode', errorCode),
    ...optional('message', message),
    ...optional('httpStatus', answered?.status),
    ...optional('gatewayCode', answer.gatewayCode),
    ...optional('responseCode', answer.responseCode),
    ...optional('transactionId', answer.transactionId),
    ...optional('scheme', answer.scheme?.toLowerCase()),
    ...optional('isLive', answer.isLive),
    ...optional('isCharged', isCharged),
    ...optional('remark', remark),
  };
}

/** What the workflow is told of an answer; to a row that went alone, whether the answer could be read. */
export function rowResultOf(
  input: TokenizeRowInput,
  { outcome, httpStatus, isLive }: RowAnswer,
): TokenizeRowResult {
  const isRead =
    isLive !== undefined || (outcome !== 'unknown' && (httpStatus === 200 || httpStatus === 201));
  return { outcome, ...(input.isAlone === true && isRead ? { isRead: true } : {}) };
}

/** The gateway's own words and codes, for the person who reads the result. */
function messageOf(
  status: number | undefined,
  { gatewayCode, responseCode, gatewayMessage }: PaymentAnswer,
): string | undefined {
  const parts = [
    status === undefined || status === 200 || status === 201 ? undefined : `HTTP ${status}`,
    gatewayCode,
    responseCode === undefined ? undefined : `response code ${responseCode}`,
    gatewayMessage,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}

function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}
