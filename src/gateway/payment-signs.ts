/*
 * Signs of a payment anywhere in an answer's bytes, for answers whose object was not understood:
 * several objects, an encoded one, a wrong charset, text around it. They prove nothing more than
 * that the row must not be sent again.
 */

/** What the bytes of a provider's answers contain if there was a payment. */
export interface PaymentSigns {
  /** A token, or a code of a payment. */
  readonly tokensAndCodes: readonly RegExp[];
  /** A word of success. It says nothing in an answer that is refused as a whole. */
  readonly success: RegExp;
}

/**
 * True if the bytes have a sign of a payment, in any reading. Zeros are dropped, so that UTF-16
 * reads as ASCII. `isRefused`: the answer's own `success` is false, so that a word of success
 * belongs to a check within it.
 */
export function hasPaymentSign(
  readings: readonly Buffer[],
  { tokensAndCodes, success }: PaymentSigns,
  isRefused: boolean,
): boolean {
  const signs = isRefused ? tokensAndCodes : [...tokensAndCodes, success];
  return readings.some((bytes) => {
    const text = bytes.toString('latin1').replaceAll('\0', '');
    return signs.some((sign) => sign.test(text));
  });
}
