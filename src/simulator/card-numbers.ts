/*
 * The simulator's card numbers: 400000 FF NNNNNNN L.
 *
 * 400000 is the test prefix of the API's own sample card; no issuer has it. FF is a fault code (00:
 * none), NNNNNNN an index from 0000000, L the Luhn digit. Cards with any other prefix, such as
 * well-known test cards, have no fault. Index 109 without a fault is the sample card itself
 * (4000000000001091).
 *
 * Nothing here is imported from the client, so that the simulator does not share the client's
 * mistakes.
 */
import { type FaultName, faultNames, faultOf } from './faults.ts';

const prefix = '400000';

/** Indexes run from 0 to this minus one. */
export const generatedCardsPerFault = 10_000_000;

const faultByCode = new Map(faultNames.map((name) => [faultOf(name).code, name]));

/**
 * A card number from the simulator's own range, unique per index and fault. Every request with it
 * gets `fault`. Throws RangeError if the index is not an integer from 0 to 9,999,999.
 */
export function generatedCardNumber(index: number, fault?: FaultName): string {
  if (!Number.isInteger(index) || index < 0 || index >= generatedCardsPerFault) {
    throw new RangeError(`Cannot generate a card: the index must be 0 to ${generatedCardsPerFault - 1}`);
  }
  const payload = `${prefix}${fault === undefined ? '00' : faultOf(fault).code}${String(index).padStart(7, '0')}`;
  return `${payload}${luhnDigit(payload)}`;
}

/** The fault encoded in a card number, or undefined. */
export function faultOfCard(cardNumber: string): FaultName | undefined {
  return cardNumber.length === 16 && cardNumber.startsWith(prefix)
    ? faultByCode.get(cardNumber.slice(6, 8))
    : undefined;
}

/** True for 12 to 19 digits with a valid Luhn digit. UnionPay numbers (62) need none. */
export function isCardNumber(text: string): boolean {
  return (
    /^\d{12,19}$/.test(text) &&
    (text.startsWith('62') || luhnDigit(text.slice(0, -1)) === Number(text.slice(-1)))
  );
}

/** The card's brand, as the gateway writes it. */
export function schemeOf(cardNumber: string): string {
  return schemes.find(([pattern]) => pattern.test(cardNumber))?.[1] ?? 'UNKNOWN';
}

const schemes: readonly (readonly [RegExp, string])[] = [
  [/^4/, 'VISA'],
  [/^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, 'MASTERCARD'],
  [/^3[47]/, 'AMEX'],
  [/^(30[0-5]|36|38|39)/, 'DINERS'],
  [/^(6011|64[4-9]|65)/, 'DISCOVER'],
  [/^(35(2[89]|[3-8])|2131|1800)/, 'JCB'],
  [/^(62|81)/, 'UNIONPAY'],
  [/^(50|5[6-9]|63|67)/, 'MAESTRO'],
];

function luhnDigit(payload: string): number {
  let sum = 0;
  for (let index = 0; index < payload.length; index += 1) {
    const digit = Number(payload[payload.length - 1 - index]);
    const weighted = index % 2 === 0 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return (10 - (sum % 10)) % 10;
}
