import { countDecimals, isAmount, isCurrencyCode } from './amount.ts';
import { currencyDecimals } from './currencies.ts';
import type { RowErrorCode } from './error-codes.ts';

/** What is wrong with a row's amount in its currency, or undefined. */
export function classifyAmount(amount: string, currency: string): RowErrorCode | undefined {
  if (amount === '') return 'amount_missing';
  if (!isAmount(amount)) return 'amount_format';
  // 1.000 may be one yen or a thousand. Nothing is charged on a guess.
  return hasTooManyDecimals(amount, currency) ? 'amount_decimals' : undefined;
}

/** True if the amount has more decimals than its currency. False for an unknown currency. */
export function hasTooManyDecimals(amount: string, currency: string): boolean {
  return countDecimals(amount) > (currencyDecimals(currency) ?? Number.POSITIVE_INFINITY);
}

/** What is wrong with a row's currency, or undefined. */
export function classifyCurrency(currency: string): RowErrorCode | undefined {
  if (currencyDecimals(currency) !== undefined) return undefined;
  if (currency === '') return 'currency_missing';
  return isCurrencyCode(currency) ? 'currency_unknown' : 'currency_format';
}
