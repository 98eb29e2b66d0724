import type { PaymentSigns } from '../payment-signs.ts';

/** Signs of a payment in the bytes of Payment Options' answers, in JSON, encoded JSON and XML. */
export const paymentSigns: PaymentSigns = {
  tokensAndCodes: [
    /stored_payment_method_id[\\"'\s]{0,8}:\s{0,8}(?!null\b|false\b|\\{0,4}"\s{0,8}\\{0,4}"|\[\s{0,8}\]|\{\s{0,8}\})\S/i,
    /stored_payment_method_id>\s{0,8}[^<\s]/i,
    /\bINFO000[01]\b/i,
  ],
  success: /\bsuccess[\\"'\s]{0,8}:[\\"'\s]{0,8}true\b/i,
};
