/*
 * What a card number reveals. Brands, prefixes and lengths follow the networks' published ranges.
 * If two prefixes match, the longer one wins.
 */

interface Brand {
  readonly name: string;
  readonly prefixes: readonly (readonly [low: number, high: number])[];
  readonly lengths: readonly number[];
  /** UnionPay issues numbers that fail the Luhn check. */
  readonly isLuhnOptional?: boolean;
}

const range = (low: number, high: number): number[] =>
  Array.from({ length: high - low + 1 }, (_, index) => low + index);

const brands: readonly Brand[] = [
  { name: 'visa', prefixes: [[4, 4]], lengths: [16, 18, 19] },
  {
    name: 'mastercard',
    prefixes: [
      [51, 55],
      [2221, 2720],
    ],
    lengths: [16],
  },
  {
    name: 'amex',
    prefixes: [
      [34, 34],
      [37, 37],
    ],
    lengths: [15],
  },
  {
    name: 'diners',
    prefixes: [
      [300, 305],
      [36, 36],
      [38, 39],
    ],
    lengths: [14, 16, 19],
  },
  {
    name: 'discover',
    prefixes: [
      [6011, 6011],
      [644, 649],
      [65, 65],
    ],
    lengths: [16, 19],
  },
  {
    name: 'jcb',
    prefixes: [
      [3528, 3589],
      [2131, 2131],
      [1800, 1800],
    ],
    lengths: range(16, 19),
  },
  {
    name: 'unionpay',
    prefixes: [
      [62, 62],
      [81, 81],
    ],
    lengths: range(14, 19),
    isLuhnOptional: true,
  },
  {
    name: 'maestro',
    prefixes: [
      [50, 50],
      [56, 59],
      [63, 63],
      [67, 67],
    ],
    lengths: range(12, 19),
  },
];

/** The brand of a number by its prefix, or undefined. */
export function brandOf(cardNumber: string): Brand | undefined {
  let best: Brand | undefined;
  let bestDigits = 0;
  for (const brand of brands) {
    for (const [low, high] of brand.prefixes) {
      const digits = String(low).length;
      const prefix = Number(cardNumber.slice(0, digits));
      if (digits > bestDigits && prefix >= low && prefix <= high) {
        best = brand;
        bestDigits = digits;
      }
    }
  }
  return best;
}

/** True if the digits pass the Luhn check (ISO/IEC 7812-1, annex B). */
export function isLuhnValid(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, isDoubled = false; index >= 0; index -= 1, isDoubled = !isDoubled) {
    const digit = digits.charCodeAt(index) - 48;
    const value = isDoubled ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/**
 * The only form in which a card is shown: first six and last four digits (PCI DSS 3.4.1). For
 * numbers of 12 or 13 digits only the last four, because ten of twelve digits would reveal nearly
 * all. A mask stays as it is; empty if there is no number.
 */
export function maskCardNumber(cardNumber: string): string {
  if (cardNumber === '') return '';
  const last4 = cardNumber.slice(-4);
  return cardNumber.length < 14 ? `******${last4}` : `${cardNumber.slice(0, 6)}******${last4}`;
}
