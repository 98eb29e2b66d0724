import type { ErrorCodeEntry } from './error-code-entry.ts';

const fix = 'Fix the row in the file and send it with a redrive';

/** A redrive finds the batch's row by its reference. */
const fixElsewhere = 'Fix the row and run it in a separate batch: a redrive finds rows by merchant_ref';

const rejected = (text: string, nextStep: string = fix): ErrorCodeEntry => ({
  outcome: 'rejected',
  text,
  actor: 'merchant',
  resend: 'fix_file',
  nextStep,
});

/** The codes of rows that fail our own checks and are never sent. The merchant must act. */
export const rejectionCodes = {
  row_column_count: rejected('The row has a different number of columns than the header', fixElsewhere),
  row_empty: rejected(
    'The row has no values',
    'Remove the row from the file, or fill it in and run it in a separate batch',
  ),
  merchant_ref_missing: rejected('merchant_ref is empty', fixElsewhere),
  merchant_ref_placeholder: rejected(
    'merchant_ref is a mark for a missing value, such as NULL or \\N',
    fixElsewhere,
  ),
  merchant_ref_excel_damage: rejected(
    'merchant_ref was damaged by a spreadsheet: it is in scientific notation',
    'Export the file again with the column as text, and run the row in a separate batch; lost digits cannot be restored',
  ),
  merchant_ref_too_long: rejected('merchant_ref is longer than 255 characters', fixElsewhere),
  merchant_ref_duplicate: rejected(
    'merchant_ref is already used in an earlier row of the file',
    'Only the first row with it was accepted: give this one its own reference and run it in a separate batch; a mapping can compose references of several columns',
  ),
  merchant_ref_control_character: rejected(
    'merchant_ref has a line break or another invisible character',
    fixElsewhere,
  ),
  merchant_ref_card_number: rejected(
    'merchant_ref looks like a card number',
    'Give the row another reference and run it in a separate batch: results are not encrypted and must not contain card numbers',
  ),
  card_number_missing: rejected('card_number is empty'),
  card_number_excel_damage: rejected(
    'card_number was damaged by a spreadsheet',
    'Export the file again with the column as text; lost digits cannot be restored',
  ),
  card_number_decimal: rejected(
    'card_number was exported as a decimal number, such as one that ends in .0',
    'Export the column as text, and send the row with a redrive; the digits seem complete, but are not guessed',
  ),
  card_number_text_mark: rejected(
    'card_number has the mark of a text in a spreadsheet: an apostrophe, or ="…"',
    'Export the digits without the mark, and send the row with a redrive',
  ),
  card_number_odd_characters: rejected(
    'card_number has full-width digits, unusual blanks or invisible characters',
    'Write it in plain digits, and send the row with a redrive',
  ),
  card_number_not_digits: rejected('card_number has characters other than digits, single spaces and dashes'),
  card_number_leading_zero: rejected(
    'card_number begins with 0, and no card does: it was padded with zeros',
    'Export the numbers without padding, and send the row with a redrive',
  ),
  card_number_too_short: rejected('card_number has too few digits'),
  card_number_too_long: rejected(
    'card_number has more digits than the gateway accepts',
    'Ask the gateway whether it accepts longer numbers; the number is never shortened',
  ),
  card_number_length: rejected('card_number has the wrong length for its brand'),
  card_number_checksum: rejected('card_number fails the Luhn check: a digit is wrong'),
  card_number_test_card: rejected('card_number is a well-known test card, and the batch is live'),
  expiry_missing: rejected('The expiry date is empty'),
  expiry_format: rejected('The expiry is in none of the supported formats'),
  expiry_decimal: rejected(
    'The expiry was exported as a decimal number, such as 8.0 or 2029.0',
    'Export the column as text or as a whole number, and send the row with a redrive',
  ),
  expiry_month_range: rejected('The expiry month is not 01 to 12'),
  expiry_year_range: rejected('The expiry year is more than 20 years away'),
  card_expired: rejected('The card has expired', 'Ask the cardholder for the new expiry date'),
  cardholder_name_too_long: rejected('cardholder_name is longer than the gateway accepts'),
  amount_missing: rejected('amount is empty'),
  amount_format: rejected('amount is not a positive number such as 1000 or 10.50'),
  amount_decimals: rejected(
    'amount has more decimals than its currency (ISO 4217): a point may be meant as a thousands separator',
    'Write the amount with the decimals of its currency, such as 1000 JPY or 10.50 USD, and send the row with a redrive',
  ),
  currency_missing: rejected('currency is empty'),
  currency_format: rejected('currency is not three capital letters such as JPY'),
  currency_unknown: rejected('currency is not a currency of ISO 4217'),
  customer_ip_format: rejected('customer_ip is not an IPv4 or IPv6 address'),
  time_zone_too_long: rejected('time_zone is longer than the gateway accepts'),
  country_format: rejected('A country is not two capital letters such as JP'),
  country_unknown: rejected('A country is not in ISO 3166-1 (the United Kingdom is GB)'),
  email_too_long: rejected('An email is longer than the gateway accepts'),
  phone_number_too_long: rejected('A phone_number is longer than the gateway accepts'),
  address1_too_long: rejected('An address1 is longer than the gateway accepts'),
  city_too_long: rejected('A city is longer than the gateway accepts'),
  state_too_long: rejected('A state is longer than the gateway accepts'),
  postal_code_too_long: rejected('A postal_code is longer than the gateway accepts'),
  control_character: rejected('A field has a line break or another control character'),
  placeholder_value: rejected(
    'A field has a mark for a missing value, such as NULL or \\N',
    'Fill in the value or leave the cell empty, and send the row with a redrive',
  ),
  misplaced_card_number: rejected(
    'Another column than card_number has a card number: the cells may have slipped',
  ),
  passed_value: rejected(
    'A column that is passed through to the results has a card number, or more than 255 characters',
    'Take the card number out of the column, or do not pass it through, and send the row with a redrive',
  ),
  card_changed: rejected(
    'In the given earlier results, the reference has a token for another card',
    'If the earlier card is right, use its token; to charge the new card, redrive with the file and --only card_changed',
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
