/*
 * What a mapping says about how cells are read. Nothing of it is guessed, and nothing changes a
 * cell that a mapping does not name.
 */
import { type AmountStyle, decimalMarks, thousandsMarks } from './amount-style.ts';
import { isDelimiter } from './delimiter.ts';
import { createExpiryReader } from './expiry-format.ts';

/** A column by its name and its position, from 1. */
export interface ColumnPlace {
  readonly name: string;
  readonly column: number;
}

/** A reference made of several columns, for files with several cards per customer. */
export interface ComposedReference {
  /** Names of the file's columns, verbatim; `$last4` is the last four digits of the card. */
  readonly columns: readonly string[];
  readonly separator: string;
}

/** The part of a composed reference that is no column. */
export const last4Part = '$last4';

export interface ReadingOptions extends AmountStyle {
  /** What separates cells; absent: comma, semicolon or tab, as the header shows. */
  readonly delimiter?: string;
  /** True: blanks around names and cells are removed. */
  readonly trim?: true;
  /** The shape of `expiry`, such as `M/YY`. */
  readonly expiryFormat?: string;
  /** True: currencies and countries in small letters are read as capitals. */
  readonly upperCase?: true;
  /** Cells with exactly these texts count as empty. */
  readonly empty?: readonly string[];
  readonly reference?: ComposedReference;
  /** Columns to ignore that a name alone does not identify. */
  readonly ignoredPlaces?: readonly ColumnPlace[];
  /** Columns to write to results.csv unread, by name. */
  readonly passed?: readonly string[];
}

const maxSeparatorCharacters = 5;

/** What is wrong with the options by themselves. The sentences have no full stop. */
export function findReadingFaults(options: ReadingOptions): readonly string[] {
  const { delimiter, expiryFormat, decimal, thousands, currencySign, reference, passed = [] } = options;
  const faults: string[] = [];
  if (delimiter !== undefined && !isDelimiter(delimiter)) {
    faults.push(
      'delimiter is not one character such as "|" or "\\t"; letters, digits, quotes and blanks separate nothing',
    );
  }
  if (expiryFormat !== undefined && createExpiryReader(expiryFormat) === undefined) {
    faults.push(
      'expiry_format is not made of one month (M, MM, MMM), one year (YY, YYYY), perhaps a day (D, DD), and separators',
    );
  }
  if (decimal !== undefined && !decimalMarks.some((mark) => mark === decimal)) {
    faults.push('decimal is neither "." nor ","');
  }
  if (thousands !== undefined && !thousandsMarks.some((mark) => mark === thousands)) {
    faults.push(
      `thousands is none of ${thousandsMarks
        .slice(0, 6)
        .map((mark) => `"${mark}"`)
        .join(', ')}`,
    );
  }
  if (thousands !== undefined && thousands === (decimal ?? '.')) {
    faults.push('thousands and decimal are the same; without the line decimal, it is "."');
  }
  if (
    currencySign !== undefined &&
    (currencySign === '' || currencySign.length > 5 || /[\d\s.,'_-]/.test(currencySign))
  ) {
    faults.push('currency_sign is not a sign such as "¥" or "USD"');
  }
  if (reference !== undefined) faults.push(...findReferenceFaults(reference));
  if (new Set(passed).size < passed.length) faults.push('pass_through names a column twice');
  return faults;
}

function findReferenceFaults({ columns, separator }: ComposedReference): readonly string[] {
  return [
    ...(columns.length < 2 ? ['reference needs at least two columns'] : []),
    ...(new Set(columns).size < columns.length ? ['reference names a column twice'] : []),
    ...(separator.length > maxSeparatorCharacters || /[\p{C}\p{N}]/u.test(separator)
      ? ["reference's separator is longer than 5 characters, or has a digit or an invisible character"]
      : []),
  ];
}
