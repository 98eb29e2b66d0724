/*
 * The request of api/generate-token.openapi.yaml, written a second time by hand: a client and a
 * check generated from the same schema would share its mistakes. Lengths count code points, as JSON
 * Schema does.
 */
import { z } from 'zod';

const text = (maxLength: number) =>
  z.string().refine((value) => value.length <= maxLength || [...value].length <= maxLength);

const addressSchema = z.strictObject({
  country: text(2).optional(),
  email: text(45).optional(),
  phone_number: text(20).optional(),
  address1: text(199).optional(),
  city: text(65).optional(),
  state: text(65).optional(),
  postal_code: text(45).optional(),
});

const paymentRequestSchema = z.strictObject({
  // The API says only "string" and "three characters", but a gateway can charge only a positive
  // amount in a currency.
  amount: z.string().regex(/^(?=.*[1-9])\d{1,12}(\.\d{1,4})?$/),
  currency: z.string().regex(/^[A-Z]{3}$/),
  card: z.strictObject({
    cvc: text(4).optional(),
    expiry_month: text(2).optional(),
    expiry_year: text(4).optional(),
    name: text(255).optional(),
    number: text(16).optional(),
  }),
  payment_method: z.strictObject({
    type: text(128).optional(),
    store_payment_method: z.boolean().optional(),
  }),
  merchant_txn_ref: text(45).optional(),
  customer_ip: text(45).optional(),
  merchant_id: text(128),
  return_url: z
    .strictObject({
      webhook_url: text(255).optional(),
      success_url: text(255).optional(),
      decline_url: text(255).optional(),
    })
    .optional(),
  billing_address: addressSchema,
  shipping_address: addressSchema.optional(),
  time_zone: text(128).optional(),
});

/** A request that satisfies the API's schema. */
export type CheckedRequest = z.infer<typeof paymentRequestSchema>;

export type RequestCheck =
  | { readonly isValid: true; readonly request: CheckedRequest }
  /** The paths of the invalid fields, such as `card.number`; never values. */
  | { readonly isValid: false; readonly fields: readonly string[] };

/** Checks a parsed JSON body. */
export function checkRequest(body: unknown): RequestCheck {
  const parsed = paymentRequestSchema.safeParse(body);
  if (parsed.success) return { isValid: true, request: parsed.data };
  const fields = parsed.error.issues.flatMap((issue) => {
    const parts = issue.path.map(String);
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => [...parts, showKey(key)].join('.'))
      : [parts.join('.') || 'body'];
  });
  return { isValid: false, fields: [...new Set(fields)] };
}

// An unknown key is the client's own text and may contain anything, even a card number. Only keys
// that look like field names are repeated.
function showKey(key: string): string {
  return /^[A-Za-z_-][A-Za-z0-9_-]{0,39}$/.test(key) && !/\d{4}/.test(key) ? key : '(unknown key)';
}
