import type { RowErrorCode } from './error-codes.ts';
import { checkText } from './row-text.ts';
import { type Address, addressFields } from './staged-row.ts';

const countryCode = /^[A-Z]{2}$/;

/** The API's `maxLength` of each field except the country, which has a fixed format. */
const maxCharacters = {
  email: 45,
  phone_number: 20,
  address1: 199,
  city: 65,
  state: 65,
  postal_code: 45,
} as const;

/**
 * The address in the columns at `indexes` (in the order of `addressFields`), without empty cells;
 * undefined if all are empty. Adds errors to `errorCodes`.
 */
export function readAddress(
  cells: readonly string[],
  indexes: readonly number[],
  errorCodes: RowErrorCode[],
): Address | undefined {
  let address: { -readonly [K in keyof Address]: Address[K] } | undefined;
  for (let place = 0; place < indexes.length; place += 1) {
    const index = indexes[place] ?? -1;
    const field = addressFields[place];
    const text = index < 0 ? '' : (cells[index] ?? '');
    if (text === '' || field === undefined) continue;
    if (field !== 'country') checkText(text, maxCharacters[field], `${field}_too_long`, errorCodes);
    else if (!countryCode.test(text)) errorCodes.push('country_format');
    address ??= {};
    address[field] = text;
  }
  return address;
}
