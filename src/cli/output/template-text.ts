/* What `template` writes and prints: the columns with their limits, and a mapping to fill in. */
import { mayBeConstant } from '../../domain/column-mapping.ts';
import { describeInputColumn } from '../../domain/column-texts.ts';
import { type CanonicalColumn, canonicalColumns } from '../../domain/columns.ts';
import type { RowLimits } from '../../domain/row-limits.ts';
import { wrapLine } from './wrapped-text.ts';

/** The header of an empty file: all columns, with the expiry in one column. */
export const templateColumns: readonly CanonicalColumn[] = canonicalColumns.filter(
  (column) => column !== 'expiry_month' && column !== 'expiry_year',
);

/** The columns and their limits for `--json`. */
export function columnsAsJson(limits: RowLimits): object[] {
  return canonicalColumns.map((column) => columnAsJson(column, limits));
}

function columnAsJson(column: CanonicalColumn, limits: RowLimits): object {
  const { isRequired, maxCharacters, text } = describeInputColumn(column, limits);
  return {
    column,
    required: withoutMarks(isRequired),
    max_characters: maxCharacters ?? null,
    text: withoutMarks(text),
    may_be_constant: mayBeConstant(column),
  };
}

/** Every column with its limits and its meaning, at most 80 characters wide. */
export function describeColumns(limits: RowLimits): string {
  return canonicalColumns
    .map((column) => `${column}\n${wrapLine(`    ${limitsOf(column, limits)}`, 4)}`)
    .join('\n');
}

/** A mapping file that maps nothing yet, with every column as a comment. */
export function createMappingTemplate(limits: RowLimits): string {
  return [
    "# Maps a merchant's column names to ours. Pass this file with --columns.",
    '',
    '# The exact name in the file, and the column that it maps to.',
    'columns:',
    '#  "Card No.": card_number',
    '',
    '# One value for every row, for a column that the file does not have.',
    'constants:',
    '#  billing_country: JP',
    '',
    '# Names of columns to ignore. A column of security codes may be listed',
    '# here only if it is empty in every row (PCI DSS 3.3.1).',
    'ignore:',
    '#  - points',
    '',
    '# How to read the cells, only where the file needs it; all lines are in',
    '# docs/input-format.md:',
    '# expiry_format: M/YY',
    '# decimal: ","',
    '# thousands: "."',
    '# delimiter: "|"',
    '# trim: true',
    '# reference: { columns: [customer, "$last4"], separator: "-" }',
    '# pass_through: [mandate_id]',
    '',
    '# The columns:',
    ...canonicalColumns.flatMap((column) => [
      `# ${column}${mayBeConstant(column) ? '' : ' (never a constant)'}`,
      wrapLine(`      ${limitsOf(column, limits)}`, 6).replace(/^ /gm, '#'),
    ]),
  ].join('\n');
}

function limitsOf(column: CanonicalColumn, limits: RowLimits): string {
  const { isRequired, maxCharacters, text } = describeInputColumn(column, limits);
  const required =
    isRequired === 'yes' ? 'Required.' : isRequired === 'no' ? 'Optional.' : `Required ${isRequired}.`;
  const longest = maxCharacters === undefined ? '' : ` At most ${maxCharacters} characters.`;
  return withoutMarks(`${required}${longest} ${text}`).trim();
}

/** The texts are Markdown for the documentation; a terminal shows them plain. */
function withoutMarks(text: string): string {
  return text.replaceAll('`', '');
}
