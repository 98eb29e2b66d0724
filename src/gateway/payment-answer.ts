/*
 * Reads the gateway's answer: leniently, since its samples differ from its schema, and by allow-list, since it may echo a
 * whole card number, or our keys. Every text is scrubbed of digit runs and of the keys before it is kept.
 */
import { z } from 'zod';
import type { PaymentAnswer } from '../domain/exchange.ts';
import { scrubText } from '../domain/scrub.ts';

type KeyRemover = (text: string) => string;

/** Longer than any id that was seen; a longer one is kept whole, so that no token is lost, up to this. */
const idMaxLength = 1024;

const lenient = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const section = <T extends z.ZodRawShape>(shape: T) => lenient(z.object(shape));

const flag = lenient(
  z.union([
    z.boolean(),
    z
      .string()
      .regex(/^(true|false)$/i)
      .transform((text) => text.toLowerCase() === 'true'),
  ]),
);
const integer = lenient(
  z.union([
    z.int(),
    z
      .string()
      .regex(/^-?\d{1,9}$/)
      .transform(Number),
  ]),
);
/** A number only where it is exact: of a longer one JSON has lost the last digits, and a wrong id is worse than none. */
const text = lenient(z.union([z.string(), z.int().transform(String)]));
const url = lenient(z.string().min(1));

const answerSchema = z.object({
  success: flag,
  is_live: flag,
  redirect_url: url,
  url,
  gateway_response: section({ code: text, message: text }),
  payment_details: section({ response_code: integer, scheme: text }),
  transaction_details: section({ id: text, stored_payment_method_id: text, redirect_url: url }),
});

/**
 * The readable part of an answer's body, or undefined where it is not a JSON object. Never throws. `sentCardNumber` is the
 * number that the request carried: an id that holds it is an echo, not an id. `removeKeys` takes our keys out of a text; ids are
 * left to the letter, since one may well hold the user's name, and a token that is lost is lost.
 */
export function readPaymentAnswer(
  body: string,
  sentCardNumber: string,
  removeKeys: KeyRemover,
): PaymentAnswer | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success || Array.isArray(json)) {
    return undefined;
  }
  const { data } = parsed;
  const short = (value: string | undefined, maxLength: number) => shortText(value, maxLength, removeKeys);
  const hasRedirect =
    data.redirect_url !== undefined ||
    data.url !== undefined ||
    data.transaction_details?.redirect_url !== undefined;
  return withoutUndefined({
    success: data.success,
    isLive: data.is_live,
    gatewayCode: short(data.gateway_response?.code, 32),
    gatewayMessage: short(data.gateway_response?.message, 200),
    responseCode: data.payment_details?.response_code,
    scheme: short(data.payment_details?.scheme, 32),
    transactionId: identifier(data.transaction_details?.id, sentCardNumber),
    storedPaymentMethodId: identifier(data.transaction_details?.stored_payment_method_id, sentCardNumber),
    hasRedirect: hasRedirect || undefined,
  });
}

/** The first readable sentence of a body that is no payment answer, for an operator; scrubbed, and without our keys. */
export function readErrorText(body: string, removeKeys: KeyRemover): string | undefined {
  try {
    const parsed = z
      .object({
        gateway_response: section({ message: text }),
        message: text,
        error: text,
        detail: text,
        title: text,
      })
      .safeParse(JSON.parse(body));
    if (!parsed.success) return undefined;
    const { gateway_response, message, error, detail, title } = parsed.data;
    return shortText(gateway_response?.message ?? message ?? error ?? detail ?? title, 200, removeKeys);
  } catch {
    return undefined;
  }
}

function shortText(value: string | undefined, maxLength: number, removeKeys: KeyRemover): string | undefined {
  // The keys first: what scrubbing cuts or changes of one would not be found any more.
  const clean = value === undefined ? '' : scrubText(removeKeys(value), maxLength);
  return clean === '' ? undefined : clean;
}

/**
 * An id is kept to the letter or not at all: half an id is worth nothing, and an id may well be made of many digits, so
 * it is compared with the card number that was sent instead of being scrubbed.
 */
function identifier(value: string | undefined, sentCardNumber: string): string | undefined {
  const isUsable =
    value !== undefined &&
    value.length > 0 &&
    value.length <= idMaxLength &&
    /^[\x21-\x7e]+$/.test(value) &&
    !value.replace(/\D/g, '').includes(sentCardNumber);
  return isUsable ? value : undefined;
}

function withoutUndefined(
  answer: {
    readonly [Key in keyof PaymentAnswer]-?: PaymentAnswer[Key] | undefined;
  },
): PaymentAnswer {
  return Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== undefined));
}
