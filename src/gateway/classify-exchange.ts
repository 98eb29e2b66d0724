/*
 * What one send means for its row. It decides whether money may have moved, so it is a pure
 * function with one reason per branch, and whatever is not certain is ambiguous.
 *
 * Order of reading:
 *   1. Is the answer ours? One that names another request is `unknown`, and the batch holds.
 *   2. Evidence of a payment or a token, under any HTTP status: `tokenized`,
 *      `charged_without_token`, or `unknown` if a part of the answer contradicts it. Such a row is
 *      never sent again.
 *   3. Without evidence: the HTTP status, then what the answer says of its refusal.
 *
 * A provider says how its answers are to be understood (AnswerRules). It cannot change the order,
 * and it cannot widen the list of what was certainly not processed.
 */
import { ambiguous, type FinalVerdict, type Refusal, type Verdict } from '../domain/verdict.ts';
import type { Exchange, PaymentAnswer } from './exchange.ts';
import { classifyHttpStatus } from './http-status.ts';

/** How one provider's answers are to be understood. */
export interface AnswerRules {
  /** The HTTP statuses whose body says what became of the payment. */
  readonly bodyStatuses: ReadonlySet<number>;
  /** What other statuses mean at this provider, if not what they mean everywhere. */
  readonly ownStatuses: ReadonlyMap<number, Refusal>;
  /** True if a code proves that the payment was made. */
  provesPayment(answer: PaymentAnswer): boolean;
  /** True if a code says that the payment was refused, is in doubt, or was undone. */
  deniesPayment(answer: PaymentAnswer): boolean;
  /** Why an approved payment deserves a look, in a sentence; undefined if it does not. */
  describeOddApproval(answer: PaymentAnswer): string | undefined;
  /** What an answer with `success: false` and without evidence of a payment means. */
  classifyRefusal(answer: PaymentAnswer): Refusal;
}

/** What became of the row. Pure and total. */
export function classifyExchange(exchange: Exchange, rules: AnswerRules): Verdict {
  switch (exchange.kind) {
    case 'not_connected':
      return { kind: 'not_processed', cause: `not connected (${exchange.cause})` };
    case 'not_trusted':
      return { kind: 'set_up_wrong', fault: { kind: 'tls', code: exchange.code } };
    case 'no_answer': {
      const lost = ambiguous(exchange.cause === 'timeout' ? 'unknown_timeout' : 'unknown_connection_lost');
      return classifyEvidence(exchange.answer, lost, rules) ?? lost;
    }
    case 'answered':
      return (
        classifyEvidence(exchange.answer, doubtOf(exchange), rules) ??
        classifyWithoutEvidence(exchange, rules)
      );
  }
}

/** True if the answer proves a payment or a token, so that its row must not be sent again. */
export function hasEvidence(answer: PaymentAnswer, rules: AnswerRules): boolean {
  return hasToken(answer) || answer.success === true || rules.provesPayment(answer);
}

function hasToken({ storedPaymentMethodId, unusableToken }: PaymentAnswer): boolean {
  return storedPaymentMethodId !== undefined || unusableToken !== undefined;
}

type Answered = Extract<Exchange, { kind: 'answered' }>;

/**
 * Why the answer as a whole leaves the row open, whatever its body proves: a status other than 2xx,
 * or a body that was cut off.
 */
function doubtOf({ status, isCutOff }: Answered): FinalVerdict | undefined {
  if (status < 200 || status > 299) return ambiguous('unknown_contradiction');
  return isCutOff === true ? ambiguous('unknown_unreadable_answer') : undefined;
}

/**
 * The verdict on what the answer proves, or undefined if it proves nothing. A `doubt` becomes the
 * verdict, and everything is kept.
 */
function classifyEvidence(
  answer: PaymentAnswer | undefined,
  doubt: FinalVerdict | undefined,
  rules: AnswerRules,
): FinalVerdict | undefined {
  if (answer === undefined) return undefined;
  if (answer.foreignRefs !== undefined) {
    return { ...ambiguous('unknown_contradiction'), holds: 'answers_mixed_up' };
  }
  if (!hasEvidence(answer, rules)) return undefined;
  const verdict = settle(answer, doubt, rules);
  return answer.otherCharge === undefined
    ? verdict
    : { ...verdict, remark: joined(verdict.remark, answer.otherCharge), holds: 'amount_disagrees' };
}

function settle(answer: PaymentAnswer, doubt: FinalVerdict | undefined, rules: AnswerRules): FinalVerdict {
  if (answer.unusableToken !== undefined) {
    return { ...ambiguous('unknown_unusable_token'), remark: answer.unusableToken };
  }
  if (doubt !== undefined) return doubt;
  if (answer.success === false || rules.deniesPayment(answer) || answer.isTokenMisplaced === true) {
    return ambiguous('unknown_contradiction');
  }
  const isPaid = rules.provesPayment(answer);
  if (hasToken(answer)) {
    // A token alone does not say that the card was charged: success or a paid code must say so.
    return answer.success === true || isPaid
      ? tokenized(rules.describeOddApproval(answer))
      : ambiguous('unknown_contradiction');
  }
  return !isPaid && answer.hasRedirect === true ? asksForCardholder : chargedWithoutToken;
}

/** The row is open, but the gateway works: one card's issuer requires the cardholder. */
const asksForCardholder: FinalVerdict = { ...ambiguous('unknown_three_d_secure'), counts: 'definite' };

const chargedWithoutToken: FinalVerdict = {
  kind: 'final',
  outcome: 'charged_without_token',
  errorCode: 'charged_no_token',
  counts: 'definite',
  isCharged: true,
};

function tokenized(remark: string | undefined): FinalVerdict {
  return {
    kind: 'final',
    outcome: 'tokenized',
    counts: 'definite',
    isCharged: true,
    ...(remark === undefined ? {} : { remark }),
  };
}

function classifyWithoutEvidence(exchange: Answered, rules: AnswerRules): Verdict {
  const { status, retryAfterMs, answer, isCutOff, mayHoldEvidence } = exchange;
  if (mayHoldEvidence === true) return ambiguous('unknown_unreadable_answer');
  if (!rules.bodyStatuses.has(status)) {
    return rules.ownStatuses.get(status) ?? classifyHttpStatus(status, retryAfterMs);
  }
  if (isCutOff === true) return ambiguous('unknown_unreadable_answer');
  return answer?.success === false ? rules.classifyRefusal(answer) : ambiguous('unknown_unreadable_answer');
}

const joined = (...sentences: readonly (string | undefined)[]): string =>
  sentences.filter((sentence) => sentence !== undefined).join('. ');
