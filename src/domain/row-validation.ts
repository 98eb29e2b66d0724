import { maskCardNumber } from './card.ts';
import { parseCardNumber } from './card-number.ts';
import type { ColumnLayout } from './columns.ts';
import { definedOf } from './defined.ts';
import type { RowErrorCode } from './error-codes.ts';
import { classifyExpiry, type Expiry, parseExpiry, parseExpiryParts } from './expiry.ts';
import type { ExpiryReader } from './expiry-format.ts';
import { isIpAddress } from './ip-address.ts';
import { holdsCardNumber } from './merchant-ref.ts';
import { hasMisplacedCardNumber } from './misplaced-card-number.ts';
import { composeReference, readPassed } from './passed-cells.ts';
import { isPlaceholder } from './placeholders.ts';
import { readAddress } from './row-address.ts';
import { classifyAmount, classifyCurrency } from './row-amount.ts';
import type { RowLimits } from './row-limits.ts';
import { createUnreadRow, isBlankRow, type RowPosition, withoutExtraCells } from './row-shape.ts';
import { checkText, hasInvisibleCharacter, isLongerThan } from './row-text.ts';
import { isScientificNotation } from './spreadsheet-damage.ts';
import type { CheckedRow, SendableRow } from './staged-row.ts';
import { isTestCard } from './test-cards.ts';

/** The rules for the rows of one file. */
export interface RowRules {
  readonly layout: ColumnLayout;
  /** Date of the check, `YYYY-MM-DD`. */
  readonly today: string;
  /** A live batch refuses the well-known test cards. */
  readonly isLive: boolean;
  /** What the gateway of the batch accepts. */
  readonly limits: RowLimits;
  /** Used if the column is absent or the cell is empty. */
  readonly defaultAmount?: string;
  readonly defaultCurrency?: string;
  /** How many empty cells every row has behind the last column. */
  readonly extraCells?: number;
  /** Reads `expiry` in the shape that a mapping names. */
  readonly readExpiry?: ExpiryReader;
  /** Gives an amount in the mapping's style as a plain decimal. */
  readonly readAmount?: (cell: string) => string;
  /**
   * True if an earlier row had the reference. Called once per row, so it may also record the
   * reference.
   */
  readonly isDuplicateRef: (merchantRef: string) => boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Checks one data line. Collects all errors of a row in the order of the catalogue (most serious
 * first), unless the cells cannot be assigned to columns. Cells are never altered to fit; only
 * separators inside a card number are removed.
 */
export function validateRow(read: readonly string[], place: RowPosition, rules: RowRules): CheckedRow {
  const { layout, limits } = rules;
  if (isBlankRow(read)) return createUnreadRow('row_empty', place);
  const line = withoutExtraCells(read, rules);
  // The cells may be shifted, so that even the reference could be someone's name. Keep nothing.
  if (line === undefined) return createUnreadRow('row_column_count', place);

  const { indexOf, constants } = layout;
  const cells = constants.length === 0 ? line : [...line, ...constants];
  const errorCodes: RowErrorCode[] = [];

  const card = parseCardNumber(cellAt(cells, indexOf.card_number), limits.maxCardNumberDigits);
  const merchantRef = readMerchantRef(
    layout.reference === undefined
      ? cellAt(cells, indexOf.merchant_ref)
      : composeReference(cells, layout.reference, card.cardNumber),
    card.cardNumber,
    rules,
    errorCodes,
  );
  if (card.errorCode !== undefined) errorCodes.push(card.errorCode);
  else if (rules.isLive && isTestCard(card.cardNumber, limits.testCards))
    errorCodes.push('card_number_test_card');
  const expiry = readExpiry(cells, rules, errorCodes);

  const cardholderName = cellAt(cells, indexOf.cardholder_name);
  checkText(cardholderName, limits.maxCharacters.cardholder_name, 'cardholder_name_too_long', errorCodes);
  const amountCell = cellAt(cells, indexOf.amount);
  const amount =
    amountCell === '' ? (rules.defaultAmount ?? '') : (rules.readAmount?.(amountCell) ?? amountCell);
  const currency = cellAt(cells, indexOf.currency) || (rules.defaultCurrency ?? '');
  const amountError = classifyAmount(amount, currency);
  if (amountError !== undefined) errorCodes.push(amountError);
  const currencyError = classifyCurrency(currency);
  if (currencyError !== undefined) errorCodes.push(currencyError);
  const customerIp = cellAt(cells, indexOf.customer_ip);
  if (customerIp !== '' && !isIpAddress(customerIp)) errorCodes.push('customer_ip_format');
  const timeZone = cellAt(cells, indexOf.time_zone);
  checkText(timeZone, limits.maxCharacters.time_zone, 'time_zone_too_long', errorCodes);
  const billing = readAddress(cells, layout.billing, limits, errorCodes);
  const shipping = readAddress(cells, layout.shipping, limits, errorCodes);
  if (hasMisplacedCardNumber(cells, layout, card.cardNumber)) errorCodes.push('misplaced_card_number');
  const passed = readPassed(cells, layout.passed, card.cardNumber, errorCodes);

  if (errorCodes.length > 0 || expiry === undefined) {
    return {
      kind: 'rejected',
      row: place.row,
      line: place.line,
      merchantRef,
      errorCodes: [...new Set(errorCodes)],
      maskedCard: card.cardNumber === '' ? '' : maskCardNumber(card.cardNumber),
      // In a row with shifted cells, an invalid amount may be anything, even a card number. Show
      // only a valid one.
      amount: amountError === undefined ? amount : '',
      currency: currencyError === undefined ? currency : '',
      scheme: card.scheme,
      ...definedOf({ passed }),
    };
  }
  const row: Mutable<SendableRow> = {
    kind: 'sendable',
    row: place.row,
    line: place.line,
    merchantRef,
    cardNumber: card.cardNumber,
    expiryMonth: expiry.month,
    expiryYear: expiry.year,
    amount,
    currency,
    billing: billing ?? {},
    scheme: card.scheme,
  };
  if (cardholderName !== '') row.cardholderName = cardholderName;
  if (customerIp !== '') row.customerIp = customerIp;
  if (timeZone !== '') row.timeZone = timeZone;
  if (shipping !== undefined) row.shipping = shipping;
  if (passed !== undefined) row.passed = passed;
  return row;
}

function cellAt(cells: readonly string[], index: number): string {
  return index < 0 ? '' : (cells[index] ?? '');
}

/** The reference as it may be shown. */
function readMerchantRef(
  merchantRef: string,
  cardNumber: string,
  rules: RowRules,
  errorCodes: RowErrorCode[],
): string {
  if (merchantRef.trim() === '') {
    errorCodes.push('merchant_ref_missing');
    return '';
  }
  if (holdsCardNumber(merchantRef, cardNumber)) {
    errorCodes.push('merchant_ref_card_number');
    return '';
  }
  if (isPlaceholder(merchantRef)) errorCodes.push('merchant_ref_placeholder');
  if (isScientificNotation(merchantRef)) errorCodes.push('merchant_ref_excel_damage');
  if (isLongerThan(merchantRef, 255)) errorCodes.push('merchant_ref_too_long');
  if (rules.isDuplicateRef(merchantRef)) errorCodes.push('merchant_ref_duplicate');
  if (hasInvisibleCharacter(merchantRef)) errorCodes.push('merchant_ref_control_character');
  return merchantRef;
}

function readExpiry(
  cells: readonly string[],
  { layout: { indexOf }, today, readExpiry: read = parseExpiry }: RowRules,
  errorCodes: RowErrorCode[],
): Expiry | undefined {
  const expiry =
    indexOf.expiry >= 0
      ? read(cellAt(cells, indexOf.expiry))
      : parseExpiryParts(cellAt(cells, indexOf.expiry_month), cellAt(cells, indexOf.expiry_year));
  const errorCode = typeof expiry === 'string' ? expiry : classifyExpiry(expiry, today);
  if (errorCode !== undefined) errorCodes.push(errorCode);
  return typeof expiry === 'string' ? undefined : expiry;
}
