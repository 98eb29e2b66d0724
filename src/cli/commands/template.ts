import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { mayBeConstant } from '../../domain/column-mapping.ts';
import { type InputColumnText, inputColumnTexts } from '../../domain/column-texts.ts';
import { type CanonicalColumn, canonicalColumns } from '../../domain/columns.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { wrapLine } from '../output/wrapped-text.ts';
import { pathFor } from '../passed-names.ts';

interface TemplateOptions {
  readonly mapping?: true;
  readonly json?: true;
}

/** Adds `cardlift template [FILE]`. */
export function addTemplateCommand(program: Command): void {
  program
    .command('template')
    .argument('[file]', 'where to write it; standard output otherwise', pathFor('FILE'))
    .summary("an empty file with all columns, and the columns' limits")
    .option('--mapping', "a template for --columns instead: what a merchant's own columns stand for")
    .option('--json', 'the columns and their limits as JSON, on standard output')
    .addHelpText(
      'after',
      `
Columns that are not required may be left out, and may stand in any order.

Examples:
  cardlift template cards.csv
  cardlift template --mapping > columns.yaml`,
    )
    .action(async (file: string | undefined, options: TemplateOptions) =>
      template(openContext(), file, options),
    );
}

/** The header of an empty file: all columns but the second way to give an expiry. */
export const templateColumns: readonly CanonicalColumn[] = canonicalColumns.filter(
  (column) => column !== 'expiry_month' && column !== 'expiry_year',
);

async function template(
  context: CliContext,
  file: string | undefined,
  options: TemplateOptions,
): Promise<void> {
  const { terminal } = context;
  const content = options.mapping === true ? createMappingTemplate() : templateColumns.join(',');
  if (file !== undefined) {
    await writeNewFile(resolve(context.config.workingFolder, file), `${content}\n`);
    terminal.report(`Written: ${file}`);
  }
  if (options.json === true) terminal.print(JSON.stringify(canonicalColumns.map(describeAsJson)));
  else if (file === undefined) terminal.print(content);
  if (options.mapping !== true && options.json !== true) terminal.report(`\n${describeColumns()}`);
}

async function writeNewFile(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason';
    const reason = code === 'EEXIST' ? 'it exists, and nothing is overwritten' : `the system says ${code}`;
    throw new CliError(`Cannot write ${path}: ${reason}. Give another path`);
  }
}

function describeAsJson(column: CanonicalColumn): object {
  const { isRequired, maxCharacters, text }: InputColumnText = inputColumnTexts[column];
  return {
    column,
    required: withoutMarks(isRequired),
    max_characters: maxCharacters ?? null,
    text: withoutMarks(text),
    may_be_constant: mayBeConstant(column),
  };
}

/** Every column with what it needs and what stands in it, at most 80 columns wide. */
export function describeColumns(): string {
  return canonicalColumns.map((column) => `${column}\n${wrapLine(`    ${limitsOf(column)}`, 4)}`).join('\n');
}

/** Every column as a comment of a mapping file that maps nothing yet. */
export function createMappingTemplate(): string {
  return [
    "# What a merchant's own columns stand for: give this file with --columns.",
    '',
    '# The name in the file, verbatim, and the column it stands for.',
    'columns:',
    '#  "Card No.": card_number',
    '',
    '# One value for every row, for a column that the file does not have.',
    'constants:',
    '#  billing_country: JP',
    '',
    '# Names of columns that are not read. A column of security codes may be',
    '# named here only while it is empty in every row (PCI DSS 3.3.1).',
    'ignore:',
    '#  - points',
    '',
    '# The columns:',
    ...canonicalColumns.flatMap((column) => [
      `# ${column}${mayBeConstant(column) ? '' : ' (never a constant)'}`,
      wrapLine(`      ${limitsOf(column)}`, 6).replace(/^ /gm, '#'),
    ]),
  ].join('\n');
}

function limitsOf(column: CanonicalColumn): string {
  const { isRequired, maxCharacters, text }: InputColumnText = inputColumnTexts[column];
  const required =
    isRequired === 'yes' ? 'Required.' : isRequired === 'no' ? 'Optional.' : `Required ${isRequired}.`;
  const longest = maxCharacters === undefined ? '' : ` At most ${maxCharacters} characters.`;
  return withoutMarks(`${required}${longest} ${text}`).trim();
}

/** The texts are Markdown for the page; a terminal shows them plain. */
function withoutMarks(text: string): string {
  return text.replaceAll('`', '');
}
