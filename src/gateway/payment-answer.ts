/*
 * Reads the gateway's answer: leniently, since its samples differ from its schema, and by allow-list, since it may echo a
 * whole card number, or our keys. Nothing leaves here that the redactor has not let through.
 */
import { z } from 'zod';
import { definedOf } from '../domain/defined.ts';
import { describeOtherCharge, foreignRefsOf } from '../domain/evidence.ts';
import type { PaymentAnswer, SentRequest } from '../domain/exchange.ts';
import type { AnswerRedactor } from '../domain/redaction/answer-redactor.ts';
import type { JsonObject } from './lenient-json.ts';

const lenient = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const section = <T extends z.ZodRawShape>(shape: T) => lenient(z.object(shape));

const flag = lenient(
  z.union([
    z.boolean(),
    z
      .string()
      .regex(/^\s*(true|false)\s*$/i)
      .transform((text) => text.trim().toLowerCase() === 'true'),
  ]),
);
const integer = lenient(
  z.union([
    z.int().min(-999_999).max(999_999),
    z
      .string()
      .regex(/^\s*-?\d{1,6}\s*$/)
      .transform(Number),
  ]),
);
/** Integers that a number cannot hold come as text already. */
const text = lenient(z.union([z.string(), z.int().transform(String)]));
const decimal = lenient(z.union([z.string(), z.number().transform(String)]));
const url = lenient(z.string().min(1));

const answerSchema = z.object({
  success: flag,
  is_live: flag,
  redirect_url: url,
  url,
  gateway_response: section({ code: text, message: text }),
  merchant_details: section({ merchant_txn_ref: text }),
  payment_details: section({ response_code: integer, scheme: text, amount: decimal, currency: text }),
  transaction_details: section({
    id: text,
    merchant_txn_ref: text,
    stored_payment_method_id: text,
    redirect_url: url,
  }),
  message: text,
  error: text,
  detail: text,
  title: text,
});

/** What is shown in the place of a reference that must not be shown. */
const notShown = '[not shown]';
const codeMaxLength = 32;
const messageMaxLength = 200;
const foreignRefMaxLength = 64;

/** The readable part of an answer's object. Never throws. */
export function readPaymentAnswer(
  { value, isInArray }: Pick<JsonObject, 'value' | 'isInArray'>,
  sent: SentRequest,
  redactor: AnswerRedactor,
): PaymentAnswer {
  const data = answerSchema.parse(value);
  const { gateway_response: gateway, payment_details: payment, transaction_details: transaction } = data;
  const token = readToken(value, transaction?.stored_payment_method_id, redactor);
  const transactionId = usable(transaction?.id);
  const isTransactionSafe = transactionId !== undefined && redactor.isSafeId(transactionId);
  const refs = [data.merchant_details?.merchant_txn_ref, transaction?.merchant_txn_ref]
    .flatMap((ref) => usable(ref) ?? [])
    .filter((ref, index, all) => all.indexOf(ref) === index);
  const foreign = foreignRefsOf(refs, sent);
  const hasRedirect =
    data.redirect_url !== undefined || data.url !== undefined || transaction?.redirect_url !== undefined;
  const message = gateway?.message ?? data.message ?? data.error ?? data.detail ?? data.title;
  const answer = definedOf({
    success: data.success,
    isLive: data.is_live,
    gatewayCode: redactor.code(usable(gateway?.code), codeMaxLength),
    gatewayMessage: redactor.text(message, messageMaxLength),
    responseCode: payment?.response_code,
    scheme: redactor.scheme(payment?.scheme),
    transactionId: isTransactionSafe ? transactionId : undefined,
    hasUnusableTransactionId: (transactionId !== undefined && !isTransactionSafe) || undefined,
    ...token,
    isTokenMisplaced: (hasToken(token) && (isInArray || token.isTokenMisplaced)) || undefined,
    hasRedirect: hasRedirect || undefined,
    foreignRefs: foreign.length === 0 ? undefined : foreign.map((ref) => shownRef(ref, redactor)),
    otherCharge: readOtherCharge(payment, sent, redactor),
  });
  return withoutSplitCard(answer, redactor);
}

interface Token {
  readonly storedPaymentMethodId: string | undefined;
  readonly unusableToken: string | undefined;
  readonly isTokenMisplaced: boolean | undefined;
}

const hasToken = (token: Token): boolean =>
  token.storedPaymentMethodId !== undefined || token.unusableToken !== undefined;

/** The token where the API puts it, or else wherever the answer has one. */
function readToken(
  value: Readonly<Record<string, unknown>>,
  inPlace: string | undefined,
  redactor: AnswerRedactor,
): Token {
  const found = [...new Set(findTokens(value, 0))];
  const token = usable(inPlace) ?? found[0];
  const isMisplaced = token !== undefined && (usable(inPlace) === undefined || found.length > 1);
  if (token === undefined) {
    return { storedPaymentMethodId: undefined, unusableToken: undefined, isTokenMisplaced: undefined };
  }
  const isSafe = redactor.isSafeId(token);
  return {
    storedPaymentMethodId: isSafe ? token : undefined,
    unusableToken: isSafe ? undefined : describeUnusable(token, redactor),
    isTokenMisplaced: isMisplaced || undefined,
  };
}

const deepest = 8;

/** Every `stored_payment_method_id` of the answer, in any place. */
function findTokens(value: unknown, depth: number): string[] {
  if (typeof value !== 'object' || value === null || depth > deepest) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key.toLowerCase() !== 'stored_payment_method_id') return findTokens(inner, depth + 1);
    if (Number.isInteger(inner)) return String(inner);
    return typeof inner === 'string' ? (usable(inner) ?? []) : [];
  });
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

/** An id without the blanks around it; undefined for an empty one. */
function usable(id: string | undefined): string | undefined {
  const trimmed = id?.trim();
  return trimmed === '' ? undefined : trimmed;
}

function shownRef(ref: string, redactor: AnswerRedactor): string {
  return ref.length <= foreignRefMaxLength && redactor.text(ref, foreignRefMaxLength) === ref
    ? ref
    : notShown;
}

const chargeNotShown = 'The gateway reports a charge of another amount than was requested; it is not shown';
/** An amount of more digits than ours may have is no amount, and may be a card number. */
const amountDigits = 12;

/** How the reported charge differs from the request, if it does. */
function readOtherCharge(
  payment: { readonly amount?: string | undefined; readonly currency?: string | undefined } | undefined,
  sent: SentRequest,
  redactor: AnswerRedactor,
): string | undefined {
  const amount = decimalOf(payment?.amount);
  const difference = describeOtherCharge({ amount, currency: currencyOf(payment?.currency) }, sent);
  if (difference === undefined || amount === undefined) return difference;
  const isShown = amount.replace(/\D/g, '').length <= amountDigits && redactor.isSafeId(amount);
  return isShown ? difference : chargeNotShown;
}

/** A number that JSON wrote with an exponent, or a text that is none, cannot be compared. */
function decimalOf(amount: string | undefined): string | undefined {
  const trimmed = amount?.trim();
  return trimmed !== undefined && /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(trimmed) ? trimmed : undefined;
}

function currencyOf(currency: string | undefined): string | undefined {
  const trimmed = currency?.trim();
  return trimmed !== undefined && /^[A-Za-z]{3}$/.test(trimmed) ? trimmed.toUpperCase() : undefined;
}

/** A card number must not come together again from several fields of one row: what is needed least goes first. */
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
