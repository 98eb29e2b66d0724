/* Whether the charge that an answer reports is the one that was requested. */
import type { AnswerRedactor } from '../domain/redaction/answer-redactor.ts';
import type { SentRequest } from './exchange.ts';

/** A charge as an answer reports it. */
export interface ReportedCharge {
  readonly amount?: string | undefined;
  readonly currency?: string | undefined;
}

const chargeNotShown = 'The gateway reports a charge of another amount than was requested; it is not shown';
/** An amount of more digits than ours may have is no amount, and may be a card number. */
const amountDigits = 12;

/**
 * How the reported charge differs from the request, in a sentence, or undefined. Amounts are
 * compared as numbers.
 */
export function describeOtherCharge(
  reported: ReportedCharge,
  sent: SentRequest,
  redactor: AnswerRedactor,
): string | undefined {
  const amount = decimalOf(reported.amount);
  const currency = currencyOf(reported.currency);
  const isOtherAmount = amount !== undefined && !isSameDecimal(amount, sent.amount);
  const isOtherCurrency = currency !== undefined && currency !== sent.currency.toUpperCase();
  if (!isOtherAmount && !isOtherCurrency) return undefined;
  const isShown =
    amount === undefined || (amount.replace(/\D/g, '').length <= amountDigits && redactor.isSafeId(amount));
  return isShown
    ? `The gateway reports a charge of ${amount ?? sent.amount} ${currency ?? sent.currency}, and ${sent.amount} ${sent.currency} was requested`
    : chargeNotShown;
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

const decimal = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/;

/** True if two decimals are the same number: `10`, `10.00` and `010` are. */
function isSameDecimal(one: string, other: string): boolean {
  const [first, second] = [decimal.exec(one.trim()), decimal.exec(other.trim())];
  if (first === null || second === null) return one.trim() === other.trim();
  const partsOf = ([, sign = '', whole = '', fraction = '']: RegExpExecArray): string =>
    `${sign === '-' ? '-' : ''}${whole}.${fraction}`;
  return partsOf(first) === partsOf(second);
}
