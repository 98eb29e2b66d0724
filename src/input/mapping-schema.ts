/* The shape of a mapping file. All its scalars are read as strings. */
import { z } from 'zod';
import type { ColumnMapping } from '../domain/column-mapping.ts';
import { proposeColumn } from '../domain/column-proposals.ts';
import { canonicalColumns, isCanonicalColumn } from '../domain/columns.ts';
import { definedOf } from '../domain/defined.ts';
import { scrubText } from '../domain/scrub.ts';

/** An empty value (`ignore:` with nothing below) is an empty string. */
const emptyToUndefined = (value: unknown): unknown => (value === '' || value === null ? undefined : value);

const column = z.string().refine(isCanonicalColumn);
const place = z.strictObject({ name: z.string(), column: z.string().regex(/^[1-9]\d{0,5}$/) });
const flag = z.enum(['true', 'false']).optional();

export const mappingSchema = z.strictObject({
  columns: z.preprocess(emptyToUndefined, z.record(z.string(), column).default({})),
  constants: z.preprocess(
    emptyToUndefined,
    z.partialRecord(z.enum(canonicalColumns), z.string()).default({}),
  ),
  ignore: z.preprocess(emptyToUndefined, z.array(z.union([z.string(), place])).default([])),
  pass_through: z.preprocess(emptyToUndefined, z.array(z.string()).optional()),
  reference: z.strictObject({ columns: z.array(z.string()), separator: z.string().default('-') }).optional(),
  expiry_format: z.string().optional(),
  decimal: z.string().optional(),
  thousands: z.string().optional(),
  currency_sign: z.string().optional(),
  upper_case: flag,
  delimiter: z.string().optional(),
  trim: flag,
  empty: z.preprocess(emptyToUndefined, z.array(z.string()).optional()),
});

/** The mapping that a file describes. Absent lines are absent, so that mappings compare equal. */
export function toMapping(file: z.infer<typeof mappingSchema>): ColumnMapping {
  const names = file.ignore.filter((one) => typeof one === 'string');
  const places = file.ignore.flatMap((one) =>
    typeof one === 'string' ? [] : [{ name: one.name, column: Number(one.column) }],
  );
  return {
    columns: file.columns,
    constants: file.constants,
    ignored: [...new Set(names)],
    ...(places.length === 0 ? {} : { ignoredPlaces: places }),
    ...definedOf({
      passed: file.pass_through,
      reference: file.reference,
      expiryFormat: file.expiry_format,
      decimal: file.decimal,
      thousands: file.thousands,
      currencySign: file.currency_sign,
      delimiter: file.delimiter,
      empty: file.empty,
    }),
    ...(file.upper_case === 'true' ? { upperCase: true } : {}),
    ...(file.trim === 'true' ? { trim: true } : {}),
  };
}

/** The first few show what kind of mistake it is. */
const maxNames = 5;

const readingShapes: Readonly<Record<string, string>> = {
  pass_through: 'pass_through is not a list of names',
  reference: 'reference is not a table with columns (a list of names) and separator',
  expiry_format: 'expiry_format is not one text such as M/YY',
  decimal: 'decimal is not one text',
  thousands: 'thousands is not one text',
  currency_sign: 'currency_sign is not one text',
  delimiter: 'delimiter is not one text such as "|"',
  upper_case: 'upper_case is neither true nor false',
  trim: 'trim is neither true nor false',
  empty: 'empty is not a list of texts',
};

/** What is wrong at one place of a mapping. Quotes names, never a constant's value. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  const [section, name] = issue.path.map(String);
  if (section === undefined) {
    return issue.code === 'unrecognized_keys'
      ? 'only columns, constants and ignore are allowed, and the lines of docs/input-format.md on how to read cells'
      : 'it is not a table with columns, constants and ignore';
  }
  if (section === 'columns' && name !== undefined) {
    return `"${scrubText(name, 40)}" is mapped to an unknown column; see docs/input-format.md`;
  }
  if (section === 'constants' && issue.code === 'unrecognized_keys')
    return describeUnknownConstants(issue.keys);
  if (section === 'constants' && name !== undefined) {
    return isCanonicalColumn(name)
      ? `the constant ${name} is not one value`
      : describeUnknownConstants([name]);
  }
  if (section === 'ignore') return 'ignore is not a list of names, or of names with a column number';
  return readingShapes[section] ?? `${section} is not a table`;
}

function describeUnknownConstants(names: readonly string[]): string {
  return names
    .slice(0, maxNames)
    .map((name) => {
      const proposal = proposeColumn(name);
      const hint = proposal === undefined ? '' : `, did you mean ${proposal}?`;
      return `the constant "${scrubText(name, 40)}" is none of the columns of docs/input-format.md${hint}`;
    })
    .join('; ');
}
