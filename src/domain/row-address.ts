import { countries } from './countries.ts';
import type { RowErrorCode } from './error-codes.ts';
import type { RowLimits } from './row-limits.ts';
import { checkText } from './row-text.ts';
import { type Address, addressFields } from './staged-row.ts';

const countryCode = /^[A-Z]{2}$/;

/**
 * The address in the columns at `indexes` (in the order of `addressFields`), without empty cells;
 * undefined if all are empty. Adds errors to `errorCodes`.
 */
export function readAddress(
  cells: readonly string[],
  indexes: readonly number[],
  { maxCharacters }: Pick<RowLimits, 'maxCharacters'>,
  errorCodes: RowErrorCode[],
): Address | undefined {
  let address: { -readonly [K in keyof Address]: Address[K] } | undefined;
  for (let place = 0; place < indexes.length; place += 1) {
    const index = indexes[place] ?? -1;
    const field = addressFields[place];
    const text = index < 0 ? '' : (cells[index] ?? '');
    if (text === '' || field === undefined) continue;
    if (field !== 'country') checkText(text, maxCharacters[field], `${field}_too_long`, errorCodes);
    else if (!countries.has(text))
      errorCodes.push(countryCode.test(text) ? 'country_unknown' : 'country_format');
    address ??= {};
    address[field] = text;
  }
  return address;
}
