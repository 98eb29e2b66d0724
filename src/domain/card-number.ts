import { brandOf, isLuhnValid } from './card.ts';
import type { RowErrorCode } from './error-codes.ts';

/** The content of a card_number cell. */
export interface CardNumberReading {
  /** The digits, if there are 12 to 19 of them; else empty. */
  readonly cardNumber: string;
  /** Brand by prefix; `unknown` if no prefix matches; empty if there is no number. */
  readonly scheme: string;
  readonly errorCode?: RowErrorCode;
}

const minDigits = 12;
const maxDigits = 19;
/** A spreadsheet keeps this many digits of a number and writes zeros for the rest. */
const digitsOfSpreadsheet = 15;

const digitsOnly = /^\d+$/;
/*
 * Groups as printed on cards. Blanks around the number are also removed: they are not part of it,
 * and removing them changes no digit.
 */
const groupedDigits = /^ *\d+(?:[ -]\d+)* *$/;
const separators = /[ -]/g;
const scientificNotation = /^ *\d(?:[.,]\d+)?E\+?\d+ *$/i;
const decimalZeros = /^ *\d{12,}[.,]0+ *$/;
const scientificDigits = /^ *\d[.,](\d+)E\+?(\d+) *$/i;
/** What spreadsheets and exports for them put around digits, so that they stay text. */
const textMark = /^ *(?:['’`][\d -]+|="[\d -]+"|"[\d -]+"|=[\d -]+) *$/;
const oddDigits = /^[\p{Nd}\p{Z}\p{Pd}\p{Cf}\t]*\p{Nd}[\p{Nd}\p{Z}\p{Pd}\p{Cf}\t]*$/u;
const oddCharacter = /[^\d -]/;

/**
 * Parses a card_number cell. `maxGatewayDigits`: the most digits that the gateway accepts. A Luhn
 * failure is either a wrong digit, or digits that a spreadsheet lost.
 */
export function parseCardNumber(cell: string, maxGatewayDigits: number): CardNumberReading {
  if (cell.trim() === '') return withoutNumber('card_number_missing');
  if (!digitsOnly.test(cell) && !groupedDigits.test(cell)) {
    return withoutNumber(classifyOtherText(cell));
  }
  const digits = digitsOnly.test(cell) ? cell : cell.replace(separators, '');
  if (digits.length < minDigits) return withoutNumber('card_number_too_short');
  // The first digit names the kind of issuer (ISO/IEC 7812-1), and 0 is not one that issues cards.
  if (digits.startsWith('0')) return withoutNumber('card_number_leading_zero');
  if (digits.length > maxDigits) return withoutNumber('card_number_too_long');
  const brand = brandOfPrefix(digits.slice(0, 4));
  const errorCode = classifyDigits(digits, brand, maxGatewayDigits);
  const reading = { cardNumber: digits, scheme: brand?.name ?? 'unknown' };
  return errorCode === undefined ? reading : { ...reading, errorCode };
}

function classifyOtherText(cell: string): RowErrorCode {
  if (decimalZeros.test(cell) || hasAllDigits(cell)) return 'card_number_decimal';
  if (scientificNotation.test(cell)) return 'card_number_excel_damage';
  if (textMark.test(cell)) return 'card_number_text_mark';
  return oddDigits.test(cell) && oddCharacter.test(cell)
    ? 'card_number_odd_characters'
    : 'card_number_not_digits';
}

/** True for scientific notation with as many decimals as the exponent moves the point. */
function hasAllDigits(cell: string): boolean {
  const [, decimals = '', exponent = ''] = scientificDigits.exec(cell) ?? [];
  return decimals !== '' && decimals.length === Number(exponent) && decimals.length >= minDigits - 1;
}

/**
 * Brand prefixes have at most four digits, so a file has few different ones and looks each up many
 * times.
 */
const brandsByPrefix = new Map<string, ReturnType<typeof brandOf>>();

function brandOfPrefix(prefix: string): ReturnType<typeof brandOf> {
  if (!brandsByPrefix.has(prefix)) brandsByPrefix.set(prefix, brandOf(prefix));
  return brandsByPrefix.get(prefix);
}

function classifyDigits(
  digits: string,
  brand: ReturnType<typeof brandOf>,
  maxGatewayDigits: number,
): RowErrorCode | undefined {
  const isChecksumWrong = !isLuhnValid(digits);
  const mayFailLuhn = brand?.isLuhnOptional === true && digits.length <= maxGatewayDigits;
  // A UnionPay number may fail Luhn and end in a zero. If it ends in several, a spreadsheet is the
  // likelier cause.
  const mayEndInZero = mayFailLuhn && digits.length <= digitsOfSpreadsheet + 1;
  if (isChecksumWrong && !mayEndInZero && isCutToSpreadsheetPrecision(digits))
    return 'card_number_excel_damage';
  if (digits.length > maxGatewayDigits) return 'card_number_too_long';
  if (brand !== undefined && !brand.lengths.includes(digits.length)) return 'card_number_length';
  return isChecksumWrong && !mayFailLuhn ? 'card_number_checksum' : undefined;
}

function isCutToSpreadsheetPrecision(digits: string): boolean {
  return digits.length > digitsOfSpreadsheet && Number(digits.slice(digitsOfSpreadsheet)) === 0;
}

function withoutNumber(errorCode: RowErrorCode): CardNumberReading {
  return { cardNumber: '', scheme: '', errorCode };
}
