/*
 * The verdict: what one send means for its row. It decides whether money may have moved, so it is one pure function with
 * one reason a branch, and everything that is not certain is ambiguous.
 *
 * Order of reading:
 *   1. Is the answer ours? One that names another request's reference is `unknown`, and the batch holds.
 *   2. Evidence of a payment or a token, whatever the HTTP status says: `tokenized`, `charged_without_token`, or `unknown`
 *      if a part of the answer contradicts it. Such a row is never sent again.
 *   3. Without evidence: HTTP status, then `success`, `gateway_response.code`, `payment_details.response_code`.
 */
import { type Evidence, findEvidence, saysRefused } from './evidence.ts';
import type { Exchange, PaymentAnswer } from './exchange.ts';
import { classifyRefusal } from './refusal.ts';
import { classifyResponseCode } from './response-codes.ts';
import { ambiguous, type FinalVerdict, type Verdict } from './row-verdict.ts';
import { classifyStatus } from './status-class.ts';

export type { AnswerKind, SetUpFault, Verdict } from './row-verdict.ts';

/** What became of the row. Pure and total; tested over every combination of what an answer can say. */
export function classifyExchange(exchange: Exchange): Verdict {
  switch (exchange.kind) {
    case 'not_connected':
      return { kind: 'not_processed', cause: `not connected (${exchange.cause})` };
    case 'not_trusted':
      return { kind: 'set_up_wrong', fault: { kind: 'tls', code: exchange.code } };
    case 'no_answer': {
      const lost = ambiguous(exchange.cause === 'timeout' ? 'unknown_timeout' : 'unknown_connection_lost');
      return classifyEvidence(exchange.answer, lost) ?? lost;
    }
    case 'answered':
      return classifyEvidence(exchange.answer, doubtOf(exchange)) ?? classifyWithoutEvidence(exchange);
  }
}

type Answered = Extract<Exchange, { kind: 'answered' }>;

/** Why the answer as a whole leaves the row open, whatever its body proves: another status than 2xx, or a body that was cut off. */
function doubtOf({ status, isCutOff }: Answered): FinalVerdict | undefined {
  if (status < 200 || status > 299) return ambiguous('unknown_contradiction');
  return isCutOff === true ? ambiguous('unknown_unreadable_answer') : undefined;
}

/** The verdict on what the answer proves; undefined if it proves nothing. `doubt`: the row is that, with everything kept. */
function classifyEvidence(
  answer: PaymentAnswer | undefined,
  doubt: FinalVerdict | undefined,
): FinalVerdict | undefined {
  if (answer === undefined) return undefined;
  if (answer.foreignRefs !== undefined) {
    return { ...ambiguous('unknown_contradiction'), holds: 'answers_mixed_up' };
  }
  const evidence = findEvidence(answer);
  if (evidence === undefined) return undefined;
  const verdict = settle(answer, evidence, doubt);
  return answer.otherCharge === undefined
    ? verdict
    : { ...verdict, remark: joined(verdict.remark, answer.otherCharge), holds: 'amount_disagrees' };
}

function settle(
  answer: PaymentAnswer,
  { hasToken, isPaid }: Evidence,
  doubt: FinalVerdict | undefined,
): FinalVerdict {
  if (answer.unusableToken !== undefined) {
    return { ...ambiguous('unknown_unusable_token'), remark: answer.unusableToken };
  }
  if (doubt !== undefined) return doubt;
  if (saysRefused(answer) || answer.isTokenMisplaced === true) {
    return ambiguous('unknown_contradiction');
  }
  if (hasToken) {
    // Without success and without a paid code a token alone does not say that the card was charged.
    return answer.success === true || isPaid ? tokenized(answer) : ambiguous('unknown_contradiction');
  }
  if (isPaid) return chargedWithoutToken;
  return answer.hasRedirect === true ? asksForCardholder : chargedWithoutToken;
}

/** The row is open, but the answer was read: the gateway works, and one card's issuer wants the cardholder. */
const asksForCardholder: FinalVerdict = { ...ambiguous('unknown_three_d_secure'), counts: 'definite' };

const chargedWithoutToken: FinalVerdict = {
  kind: 'final',
  outcome: 'charged_without_token',
  errorCode: 'charged_no_token',
  counts: 'definite',
  isCharged: true,
};

function tokenized(answer: PaymentAnswer): FinalVerdict {
  const code = answer.responseCode;
  const isOdd = code !== undefined && classifyResponseCode(code) !== 'approved';
  return {
    kind: 'final',
    outcome: 'tokenized',
    counts: 'definite',
    isCharged: true,
    ...(isOdd ? { remark: `Approved with response code ${code}: check the amount that was charged` } : {}),
  };
}

function classifyWithoutEvidence(exchange: Answered): Verdict {
  const { status, retryAfterMs, answer, isCutOff, mayHoldEvidence } = exchange;
  if (mayHoldEvidence === true) return ambiguous('unknown_unreadable_answer');
  if (status !== 200 && status !== 201) return classifyStatus(status, retryAfterMs);
  if (isCutOff === true) return ambiguous('unknown_unreadable_answer');
  return answer?.success === false ? classifyRefusal(answer) : ambiguous('unknown_unreadable_answer');
}

const joined = (...sentences: readonly (string | undefined)[]): string =>
  sentences.filter((sentence) => sentence !== undefined).join('. ');
