/*
 * What a spreadsheet makes of a reference that it takes for a number or a date. A reference that it
 * wrote in scientific notation has lost digits. The other forms may be genuine, so they are only
 * shown before the start.
 */
const scientific = /^[+-]?\d(?:[.,]\d+)?E\+\d{2,3}$/i;

const months = 'jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|mär|mai|okt|dez';
const time = String.raw`(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?`;
/** In one expression, because every row's reference is compared. */
const suspect = new RegExp(
  [
    // A spreadsheet keeps 15 digits of a number and writes zeros for the rest.
    String.raw`^\d{15}0+$`,
    // A whole number with a decimal part, as spreadsheets and pandas write it.
    String.raw`^\d+[.,]0+$`,
    String.raw`^\d{1,2}\.?[-. ](?:${months})\.?(?:[-. ]\d{2,4})?$`,
    String.raw`^(?:${months})\.?[-. ]\d{1,4}$`,
    String.raw`^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}${time}$`,
    String.raw`^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}${time}$`,
    String.raw`^(?:\d{4}年)?\d{1,2}月\d{1,2}日$`,
  ].join('|'),
  'i',
);
const longest = 24;

/** True for a number in scientific notation, as a spreadsheet writes it: its digits are lost. */
export function isScientificNotation(merchantRef: string): boolean {
  return merchantRef.length <= longest && scientific.test(merchantRef);
}

/** True for a reference that a spreadsheet may have changed: rounded, or turned into a date. */
export function isSpreadsheetLike(merchantRef: string): boolean {
  return merchantRef.length <= longest && suspect.test(merchantRef);
}
