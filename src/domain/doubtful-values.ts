/*
 * Values that may be true but probably are not. The row is sent; the preview names the columns and
 * lines, because an operator should look before anything is charged.
 */
import type { CanonicalColumn } from './columns.ts';
import { isDigitUnit } from './digit-unit.ts';
import { type Address, addressFields, type SendableRow } from './staged-row.ts';

/** Where a program could not read a letter, it wrote this character: the letter is lost. */
const lostCharacter = '\ufffd';
const letter = /\p{L}/u;
/** What people write for "nothing". */
const noName = /^(?:n\/?a|none|unknown|-+|\.+)$/i;

export type Doubt =
  /** The text has U+FFFD in place of a letter. */
  | 'lost_character'
  /** The value does not fit its column, as if cells had slipped. */
  | 'unlikely_value';

export type ReportDoubt = (column: CanonicalColumn, doubt: Doubt) => void;

/** Reports values that do not fit their column. Called for every row, so it builds nothing. */
export function findUnlikelyValues({ cardholderName, billing, shipping }: SendableRow, report: ReportDoubt) {
  if (cardholderName !== undefined && !isNameLike(cardholderName))
    report('cardholder_name', 'unlikely_value');
  findInAddress(billing, 'billing', report);
  if (shipping !== undefined) findInAddress(shipping, 'shipping', report);
}

/** Reports texts that have lost a letter. Needed only if the file has U+FFFD anywhere. */
export function findLostCharacters(row: SendableRow, report: ReportDoubt): void {
  if (row.merchantRef.includes(lostCharacter)) report('merchant_ref', 'lost_character');
  if (row.cardholderName?.includes(lostCharacter) === true) report('cardholder_name', 'lost_character');
  for (const kind of ['billing', 'shipping'] as const) {
    for (const field of addressFields) {
      if (row[kind]?.[field]?.includes(lostCharacter) === true) report(`${kind}_${field}`, 'lost_character');
    }
  }
}

function findInAddress(
  { email, phone_number, address1, city, state, postal_code }: Address,
  kind: 'billing' | 'shipping',
  report: ReportDoubt,
): void {
  if (email !== undefined && !isEmailLike(email)) report(`${kind}_email`, 'unlikely_value');
  if (phone_number !== undefined && (!hasDigit(phone_number) || phone_number.includes('@')))
    report(`${kind}_phone_number`, 'unlikely_value');
  if (address1 !== undefined && isEmailAddress(address1)) report(`${kind}_address1`, 'unlikely_value');
  if (city !== undefined && isEmailAddress(city)) report(`${kind}_city`, 'unlikely_value');
  if (state !== undefined && isEmailAddress(state)) report(`${kind}_state`, 'unlikely_value');
  if (postal_code !== undefined && isEmailAddress(postal_code))
    report(`${kind}_postal_code`, 'unlikely_value');
}

function isNameLike(text: string): boolean {
  return letter.test(text) && !text.includes('@') && !(text.length < 8 && noName.test(text));
}

/** Something, an @ and something, without blanks at the ends. */
function isEmailLike(text: string): boolean {
  const at = text.indexOf('@');
  return at > 0 && at < text.length - 1 && text.trim() === text;
}

/** An address may have an @ between words. */
function isEmailAddress(text: string): boolean {
  return text.includes('@') && !text.includes(' ');
}

function hasDigit(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (isDigitUnit(text.charCodeAt(at))) return true;
  }
  return false;
}
