/*
 * Signs of a payment anywhere in an answer's bytes, for answers whose object was not understood: several objects, an encoded
 * one, a wrong charset, text around it. They tell nothing but that the row must not be sent again.
 */
const tokenOrCode = [
  /stored_payment_method_id[\\"'\s]{0,8}:\s{0,8}(?!null\b|false\b|\\{0,4}"\s{0,8}\\{0,4}"|\[\s{0,8}\]|\{\s{0,8}\})\S/i,
  /stored_payment_method_id>\s{0,8}[^<\s]/i,
  /\bINFO000[01]\b/i,
];
const success = /\bsuccess[\\"'\s]{0,8}:[\\"'\s]{0,8}true\b/i;

/**
 * True if the bytes, in any reading, speak of a payment. Zeros are dropped: UTF-16 reads as ASCII then. `isRefused`: the
 * answer's own `success` is false, and another one, of a check within it, says nothing about the payment.
 */
export function speaksOfPayment(readings: readonly Buffer[], isRefused: boolean): boolean {
  const signs = isRefused ? tokenOrCode : [...tokenOrCode, success];
  return readings.some((bytes) => {
    const text = bytes.toString('latin1').replaceAll('\0', '');
    return signs.some((sign) => sign.test(text));
  });
}
