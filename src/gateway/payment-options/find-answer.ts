/*
 * Finds the fields of Payment Options' answers. Reads leniently, since the samples differ from the
 * schema. Nothing is checked here: redactAnswer decides what may be kept.
 */
import { z } from 'zod';
import type { FoundAnswer } from '../answer-fields.ts';
import { findTexts, type JsonObject } from '../lenient-json.ts';

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

/** The fields of an answer's object. Never throws. */
export function findAnswer({ value, isInArray }: Pick<JsonObject, 'value' | 'isInArray'>): FoundAnswer {
  const data = answerSchema.parse(value);
  const { gateway_response: gateway, payment_details: payment, transaction_details: transaction } = data;
  return {
    success: data.success,
    isLive: data.is_live,
    gatewayCode: gateway?.code,
    message: gateway?.message ?? data.message ?? data.error ?? data.detail ?? data.title,
    responseCode: payment?.response_code,
    scheme: payment?.scheme,
    transactionId: transaction?.id,
    token: transaction?.stored_payment_method_id,
    tokensAnywhere: findTexts(value, 'stored_payment_method_id'),
    isMisplaced: isInArray,
    hasRedirect:
      data.redirect_url !== undefined || data.url !== undefined || transaction?.redirect_url !== undefined,
    merchantTxnRefs: [data.merchant_details?.merchant_txn_ref, transaction?.merchant_txn_ref],
    amount: payment?.amount,
    currency: payment?.currency,
  };
}
