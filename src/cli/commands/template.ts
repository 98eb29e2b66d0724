import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import {
  columnsAsJson,
  createMappingTemplate,
  describeColumns,
  templateColumns,
} from '../output/template-text.ts';

interface TemplateOptions {
  readonly mapping?: true;
  readonly json?: true;
}

export function defineTemplate(command: Command): void {
  command
    .option('--mapping', "write a mapping for --columns instead, from the merchant's column names to ours")
    .option('--json', 'print the columns and their limits as JSON')
    .addHelpText(
      'after',
      `
Optional columns may be left out. Columns may be in any order.

Examples:
  cardlift template cards.csv
  cardlift template --mapping > columns.yaml`,
    )
    .action(async (file: string | undefined, options: TemplateOptions) =>
      template(openContext(), file, options),
    );
}

async function template(
  context: CliContext,
  file: string | undefined,
  options: TemplateOptions,
): Promise<void> {
  const { terminal, config } = context;
  const { limits } = config.provider;
  const content = options.mapping === true ? createMappingTemplate(limits) : templateColumns.join(',');
  if (file !== undefined) {
    await writeNewFile(resolve(config.workingFolder, file), `${content}\n`);
    terminal.report(`Written: ${file}`);
  }
  if (options.json === true) terminal.print(JSON.stringify(columnsAsJson(limits)));
  else if (file === undefined) terminal.print(content);
  if (options.mapping !== true && options.json !== true) terminal.report(`\n${describeColumns(limits)}`);
}

async function writeNewFile(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const reason = code === 'EEXIST' ? 'the file already exists' : code;
    throw new CliError(`Cannot write ${path}: ${reason}. Choose another path`);
  }
}
