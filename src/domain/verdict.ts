/*
 * The verdict: what one send means for its row. It decides whether money may have moved, so it is one pure function with
 * one reason a branch, and everything that is not known for certain is ambiguous.
 *
 * Order of reading: HTTP status, `success`, `gateway_response.code`, `payment_details.response_code`.
 */
import type { RowOutcome } from '../contract/outcome.ts';
import type { RowErrorCode } from './error-codes.ts';
import type { Exchange, PaymentAnswer } from './exchange.ts';
import { classifyGatewayCode, classifyResponseCode } from './response-codes.ts';

/** How an answer counts towards the rules that put a batch on hold. */
export type AnswerKind = 'definite' | 'ambiguous' | 'request_refused' | 'set_up_code' | 'velocity';

export type Verdict =
  /** Certainly nothing was processed: the row may be sent again, after a while. */
  | { readonly kind: 'not_processed'; readonly cause: string; readonly retryAfterMs?: number }
  /** Certainly nothing was processed, and it would go the same way for every row: the batch holds. */
  | { readonly kind: 'set_up_wrong'; readonly status: number }
  | {
      readonly kind: 'ended';
      readonly outcome: RowOutcome;
      readonly errorCode?: RowErrorCode;
      readonly counts: AnswerKind;
      readonly isCharged?: boolean;
      readonly remark?: string;
    };

type Ended = Extract<Verdict, { kind: 'ended' }>;

const ambiguous = (errorCode: RowErrorCode): Ended => ({
  kind: 'ended',
  outcome: 'unknown',
  errorCode,
  counts: 'ambiguous',
});

const declined = (errorCode: RowErrorCode): Ended => ({
  kind: 'ended',
  outcome: 'declined',
  errorCode,
  counts: 'definite',
});

const refused: Ended = {
  kind: 'ended',
  outcome: 'failed',
  errorCode: 'request_refused',
  counts: 'request_refused',
};

/** What became of the row. Pure; tested over every class of answer. */
export function classifyExchange(exchange: Exchange): Verdict {
  switch (exchange.kind) {
    case 'not_connected':
      return { kind: 'not_processed', cause: `not connected (${exchange.cause})` };
    case 'no_answer':
      return ambiguous(exchange.cause === 'timeout' ? 'unknown_timeout' : 'unknown_connection_lost');
    case 'answered':
      return classifyStatus(exchange.status, exchange.retryAfterMs, exchange.answer);
  }
}

function classifyStatus(
  status: number,
  retryAfterMs: number | undefined,
  answer: PaymentAnswer | undefined,
): Verdict {
  if (status === 200 || status === 201) {
    return answer === undefined ? ambiguous('unknown_unreadable_answer') : classifyAnswer(answer);
  }
  if (status >= 300 && status < 400) {
    return { kind: 'set_up_wrong', status };
  }
  switch (status) {
    case 401:
    case 403:
    case 404:
    case 405:
      return { kind: 'set_up_wrong', status };
    case 400:
    case 412:
    case 422:
      return refused;
    case 406:
      return declined('card_invalid');
    case 409:
      return ambiguous('unknown_duplicate');
    case 425:
    case 429:
      return notProcessed(status, retryAfterMs);
    case 503:
      // A proxy answers 503 after forwarding, too; only Retry-After says that the request was turned away.
      return retryAfterMs === undefined
        ? ambiguous('unknown_server_error')
        : notProcessed(status, retryAfterMs);
    case 408:
      return ambiguous('unknown_timeout');
    default:
      return ambiguous('unknown_server_error');
  }
}

function notProcessed(status: number, retryAfterMs: number | undefined): Verdict {
  return {
    kind: 'not_processed',
    cause: `HTTP ${status}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function classifyAnswer(answer: PaymentAnswer): Verdict {
  const hasToken = answer.storedPaymentMethodId !== undefined;
  if (answer.success === undefined) {
    return ambiguous('unknown_unreadable_answer');
  }
  if (answer.success) {
    return hasToken ? tokenized(answer) : chargedOrNot(answer);
  }
  // A token that came with a refusal must not be lost, and the row must not be sent again.
  return hasToken ? ambiguous('unknown_contradiction') : classifyRefusal(answer);
}

function tokenized(answer: PaymentAnswer): Verdict {
  const code = answer.responseCode;
  const isOdd = code !== undefined && classifyResponseCode(code) !== 'approved';
  return {
    kind: 'ended',
    outcome: 'tokenized',
    counts: 'definite',
    isCharged: true,
    ...(isOdd ? { remark: `Approved with response code ${code}: check the amount that was charged` } : {}),
  };
}

function chargedOrNot(answer: PaymentAnswer): Verdict {
  if (answer.hasRedirect === true) {
    return declined('three_d_secure_required');
  }
  return {
    kind: 'ended',
    outcome: 'charged_without_token',
    errorCode: 'charged_no_token',
    counts: 'definite',
    isCharged: true,
  };
}

function classifyRefusal(answer: PaymentAnswer): Verdict {
  if (answer.hasRedirect === true) {
    return declined('three_d_secure_required');
  }
  switch (answer.gatewayCode === undefined ? 'unlisted' : classifyGatewayCode(answer.gatewayCode)) {
    case 'paid':
      return ambiguous('unknown_contradiction');
    case 'velocity':
      return { ...declined('declined_velocity'), counts: 'velocity' };
    case 'risk':
      return declined('declined_risk');
    case 'unlisted':
      return answer.responseCode === undefined
        ? declined('declined_other')
        : classifyRefusedCode(answer.responseCode);
  }
}

function classifyRefusedCode(responseCode: number): Verdict {
  switch (classifyResponseCode(responseCode)) {
    case 'approved':
    case 'approved_oddly':
      return ambiguous('unknown_contradiction');
    case 'hard':
      return declined('declined_hard');
    case 'not_permitted':
      return declined('declined_not_permitted');
    case 'cardholder_action':
      return declined('declined_cardholder_action');
    case 'soft':
      return declined('declined_soft');
    case 'system':
      return declined('declined_system');
    case 'risk':
      return declined('declined_risk');
    case 'unclear':
      return ambiguous('unknown_unclear_code');
    case 'duplicate':
      return ambiguous('unknown_duplicate');
    case 'set_up':
      return { kind: 'ended', outcome: 'failed', errorCode: 'set_up_refused', counts: 'set_up_code' };
    case 'unlisted':
      return declined('declined_other');
  }
}
