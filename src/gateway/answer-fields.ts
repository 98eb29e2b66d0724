/*
 * What may be kept of an answer. A provider finds the fields; here each of them passes the redactor
 * before anything else sees it, since an answer may repeat a whole card number, or our keys.
 */
import { definedOf } from '../domain/defined.ts';
import type { AnswerRedactor } from '../domain/redaction/answer-redactor.ts';
import type { PaymentAnswer, SentRequest } from './exchange.ts';
import { describeOtherCharge } from './other-charge.ts';

/** An answer's fields as its provider found them: unchecked. */
export interface FoundAnswer {
  readonly success?: boolean | undefined;
  readonly isLive?: boolean | undefined;
  readonly gatewayCode?: string | undefined;
  readonly message?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly scheme?: string | undefined;
  readonly transactionId?: string | undefined;
  /** The token where the API puts it. */
  readonly token?: string | undefined;
  /** Every token of the answer, wherever it is. */
  readonly tokensAnywhere: readonly string[];
  /** The whole answer is not where the API puts it, so its token is not either. */
  readonly isMisplaced?: boolean | undefined;
  readonly hasRedirect?: boolean | undefined;
  /** Every request reference that the answer names. */
  readonly merchantTxnRefs: readonly (string | undefined)[];
  /** The charge that the answer reports. */
  readonly amount?: string | undefined;
  readonly currency?: string | undefined;
}

/** What is shown in the place of a reference that must not be shown. */
const notShown = '[not shown]';
const codeMaxLength = 32;
const messageMaxLength = 200;
const foreignRefMaxLength = 64;
/** More digits than a response code has could be part of a card number. */
const largestResponseCode = 999_999;

/** The fields that may be kept. Never throws. */
export function redactAnswer(found: FoundAnswer, sent: SentRequest, redactor: AnswerRedactor): PaymentAnswer {
  const token = readToken(found, redactor);
  const transactionId = usable(found.transactionId);
  const isTransactionSafe = transactionId !== undefined && redactor.isSafeId(transactionId);
  const foreign = foreignRefsOf(found.merchantTxnRefs, sent);
  const { responseCode } = found;
  const isCode = Number.isInteger(responseCode) && Math.abs(responseCode ?? 0) <= largestResponseCode;
  const answer = definedOf({
    success: found.success,
    isLive: found.isLive,
    gatewayCode: redactor.code(usable(found.gatewayCode), codeMaxLength),
    gatewayMessage: redactor.text(found.message, messageMaxLength),
    responseCode: isCode ? responseCode : undefined,
    scheme: redactor.scheme(found.scheme),
    transactionId: isTransactionSafe ? transactionId : undefined,
    hasUnusableTransactionId: (transactionId !== undefined && !isTransactionSafe) || undefined,
    ...token,
    hasRedirect: found.hasRedirect === true || undefined,
    foreignRefs: foreign.length === 0 ? undefined : foreign.map((ref) => shownRef(ref, redactor)),
    otherCharge: describeOtherCharge(found, sent, redactor),
  });
  return withoutSplitCard(answer, redactor);
}

type TokenFields = {
  readonly [Field in 'storedPaymentMethodId' | 'unusableToken' | 'isTokenMisplaced']:
    | PaymentAnswer[Field]
    | undefined;
};

/** The token where the API puts it, or else wherever the answer has one. */
function readToken(found: FoundAnswer, redactor: AnswerRedactor): TokenFields {
  const inPlace = usable(found.token);
  const anywhere = new Set(found.tokensAnywhere.flatMap((token) => usable(token) ?? []));
  const [first] = anywhere;
  const token = inPlace ?? first;
  if (token === undefined) {
    return { storedPaymentMethodId: undefined, unusableToken: undefined, isTokenMisplaced: undefined };
  }
  const isSafe = redactor.isSafeId(token);
  return {
    storedPaymentMethodId: isSafe ? token : undefined,
    unusableToken: isSafe ? undefined : describeUnusable(token, redactor),
    isTokenMisplaced: inPlace === undefined || anywhere.size > 1 || found.isMisplaced === true || undefined,
  };
}

/** Why a token is not kept, with the token as an escaped text if that is safe and short. */
function describeUnusable(token: string, redactor: AnswerRedactor): string {
  const escaped = JSON.stringify(token).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (odd) => `\\u{${odd.codePointAt(0)?.toString(16)}}`,
  );
  const shown = escaped.length <= messageMaxLength ? redactor.text(escaped, messageMaxLength) : undefined;
  return shown === escaped
    ? `The token has characters that no id has: ${escaped}`
    : 'The token repeats card data or a key, or is too long, so it is not shown';
}

/** The references that are not the request's. Ours differ in more than capitals. */
function foreignRefsOf(refs: FoundAnswer['merchantTxnRefs'], sent: SentRequest): string[] {
  const ours = sent.merchantTxnRef.toLowerCase();
  const named = new Set(refs.flatMap((ref) => usable(ref) ?? []));
  return [...named].filter((ref) => ref.toLowerCase() !== ours);
}

function shownRef(ref: string, redactor: AnswerRedactor): string {
  return ref.length <= foreignRefMaxLength && redactor.text(ref, foreignRefMaxLength) === ref
    ? ref
    : notShown;
}

/** An id without the blanks around it; undefined for an empty one. */
function usable(id: string | undefined): string | undefined {
  const trimmed = id?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/**
 * A card number must not come together again from several fields of one row. The least needed go
 * first.
 */
function withoutSplitCard(answer: PaymentAnswer, redactor: AnswerRedactor): PaymentAnswer {
  let kept = answer;
  for (const field of ['gatewayMessage', 'scheme', 'transactionId', 'gatewayCode'] as const) {
    const { gatewayCode, gatewayMessage, scheme, transactionId, storedPaymentMethodId } = kept;
    const words = [gatewayCode, gatewayMessage, scheme];
    // The files have the ids in either order.
    const isSplit = [
      [...words, transactionId, storedPaymentMethodId],
      [storedPaymentMethodId, transactionId, ...words],
    ].some((fields) => redactor.holdsCardAcross(fields.filter((text) => text !== undefined)));
    if (!isSplit) return kept;
    const { [field]: removed, ...rest } = kept;
    const isTransaction = field === 'transactionId' && removed !== undefined;
    kept = isTransaction ? { ...rest, hasUnusableTransactionId: true } : rest;
  }
  return kept;
}
