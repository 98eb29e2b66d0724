/*
 * Amounts are the merchant's text, sent unchanged. A leading zero is refused, because 0100 could
 * mean 100 or a lost decimal point. Sums are exact: a float would lose the last yen of a large
 * batch.
 */
const positiveDecimal = /^(?:0|[1-9]\d{0,11})(?:\.\d{1,4})?$/;
const nonZeroDigit = /[1-9]/;
const currencyCode = /^[A-Z]{3}$/;
const maxDecimals = 4;

/**
 * True for a positive decimal without sign or separators: at most 12 digits, then at most 4
 * decimals.
 */
export function isAmount(text: string): boolean {
  return positiveDecimal.test(text) && nonZeroDigit.test(text);
}

/** How many decimals an amount has. */
export function countDecimals(amount: string): number {
  const point = amount.indexOf('.');
  return point === -1 ? 0 : amount.length - point - 1;
}

/** True for three capital letters, the form of a code of ISO 4217. */
export function isCurrencyCode(text: string): boolean {
  return currencyCode.test(text);
}

/** A running, exact sum of amounts. */
export interface AmountSum {
  /** Adds an amount. Throws RangeError, without quoting it, if `isAmount` is false. */
  add(amount: string): void;
  /** The sum as a decimal, with as many decimals as the longest amount. */
  total(): string;
}

/** A sum that starts at 0. */
export function createAmountSum(): AmountSum {
  let tenThousandths = 0n;
  let decimals = 0;
  return {
    add(amount) {
      if (!isAmount(amount)) throw new RangeError('Cannot add the amount: it is not a positive decimal');
      const [whole = '', fraction = ''] = amount.split('.');
      tenThousandths += BigInt(whole + fraction.padEnd(maxDecimals, '0'));
      decimals = Math.max(decimals, fraction.length);
    },
    total() {
      const digits = tenThousandths.toString().padStart(maxDecimals + 1, '0');
      const whole = digits.slice(0, -maxDecimals);
      return decimals === 0 ? whole : `${whole}.${digits.slice(-maxDecimals).slice(0, decimals)}`;
    },
  };
}

/** The exact sum of amounts, as a decimal. Throws RangeError if one is not an amount. */
export function addAmounts(...amounts: readonly string[]): string {
  const sum = createAmountSum();
  for (const amount of amounts) sum.add(amount);
  return sum.total();
}
