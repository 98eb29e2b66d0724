/*
 * Evidence of a payment or a token in an answer. It outranks everything else an answer says: a row with evidence is never
 * sent again by the program, whatever the HTTP status is.
 */
import type { PaymentAnswer, SentRequest } from './exchange.ts';
import { classifyGatewayCode, classifyResponseCode } from './response-codes.ts';

/** What an answer proves, the strongest first. */
export interface Evidence {
  readonly hasToken: boolean;
  /** A paid code, or response code 0 with a transaction id. */
  readonly isPaid: boolean;
}

/** The evidence of an answer, or undefined if it has none. */
export function findEvidence(answer: PaymentAnswer): Evidence | undefined {
  const hasToken = answer.storedPaymentMethodId !== undefined || answer.unusableToken !== undefined;
  const hasTransaction = answer.transactionId !== undefined || answer.hasUnusableTransactionId === true;
  const isPaid =
    gatewayClassOf(answer) === 'paid' ||
    (hasTransaction && answer.responseCode !== undefined && isApproval(answer.responseCode));
  return hasToken || isPaid || answer.success === true ? { hasToken, isPaid } : undefined;
}

/** True if a part of the answer says that the payment was refused, in doubt, or undone. */
export function saysRefused(answer: PaymentAnswer): boolean {
  if (answer.success === false) return true;
  const gateway = gatewayClassOf(answer);
  if (gateway === 'velocity' || gateway === 'risk' || gateway === 'error' || gateway === 'undone')
    return true;
  if (answer.responseCode === undefined) return false;
  const meaning = classifyResponseCode(answer.responseCode);
  // A code that is in no table says nothing either way.
  return !isApprovalClass(meaning) && meaning !== 'unlisted';
}

/** The references that are not the request's. Ours differ in more than capitals. */
export function foreignRefsOf(refs: readonly string[], sent: SentRequest): readonly string[] {
  const ours = sent.merchantTxnRef.toLowerCase();
  return refs.filter((ref) => ref.toLowerCase() !== ours);
}

/** How a reported charge differs from the request, in a sentence, or undefined. Amounts are compared as numbers. */
export function describeOtherCharge(
  { amount, currency }: { readonly amount: string | undefined; readonly currency: string | undefined },
  sent: SentRequest,
): string | undefined {
  const isOtherAmount = amount !== undefined && !isSameDecimal(amount, sent.amount);
  const isOtherCurrency = currency !== undefined && currency.toUpperCase() !== sent.currency.toUpperCase();
  if (!isOtherAmount && !isOtherCurrency) return undefined;
  return `The gateway reports a charge of ${amount ?? sent.amount} ${currency ?? sent.currency}, and ${sent.amount} ${sent.currency} was requested`;
}

const decimal = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/;

/** True if two decimals are the same number: `10`, `10.00` and `010` are. */
export function isSameDecimal(one: string, other: string): boolean {
  const [first, second] = [decimal.exec(one.trim()), decimal.exec(other.trim())];
  if (first === null || second === null) return one.trim() === other.trim();
  const partsOf = ([, sign = '', whole = '', fraction = '']: RegExpExecArray): string =>
    `${sign === '-' ? '-' : ''}${whole}.${fraction}`;
  return partsOf(first) === partsOf(second);
}

function gatewayClassOf({ gatewayCode }: PaymentAnswer): ReturnType<typeof classifyGatewayCode> | undefined {
  return gatewayCode === undefined ? undefined : classifyGatewayCode(gatewayCode);
}

function isApproval(code: number): boolean {
  return isApprovalClass(classifyResponseCode(code));
}

function isApprovalClass(meaning: ReturnType<typeof classifyResponseCode>): boolean {
  return meaning === 'approved' || meaning === 'approved_oddly';
}
