/*
 * Marks that programs write for a missing value: databases (\N, NULL), programming languages and
 * spreadsheets' errors. None of them is a name, a reference or an address. What people write (N/A,
 * a dash) is not listed: in an address it is common and does no harm.
 */
const marks: ReadonlySet<string> = new Set([
  ...['\\N', 'NULL', 'null', '(null)', '(NULL)', '<null>', '<NULL>', '[null]', '[NULL]'],
  ...['undefined', 'NaN', 'nan', '<NA>', '<nil>', 'NoneType'],
  ...['#N/A', '#NA', '#REF!', '#VALUE!', '#NAME?', '#DIV/0!', '#NULL!', '#NUM!', '#ERROR!', '#SPILL!'],
]);
const longest = Math.max(...[...marks].map((mark) => mark.length));
/** Comparing the first character first spares most cells the look-up. */
const isFirstUnit = new Uint8Array(128);
for (const mark of marks) isFirstUnit[mark.charCodeAt(0)] = 1;

/** True if the text is only a program's mark for a missing value. */
export function isPlaceholder(text: string): boolean {
  return text.length <= longest && isFirstUnit[text.charCodeAt(0)] === 1 && marks.has(text);
}
