/* The options of `run`, `start` and `validate` that describe the merchant's file. */

import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AppContext } from '../app/app-context.ts';
import type { ColumnMapping } from '../domain/column-mapping.ts';
import { definedOf } from '../domain/defined.ts';
import { type FileEncoding, fileEncodings } from '../domain/file-encoding.ts';
import { readMappingFile } from '../input/mapping-file.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { CliError } from './cli-error.ts';
import { describeRunAgain } from './output/run-again.ts';
import { pathFor } from './passed-names.ts';

export interface InputOptions {
  readonly columns?: string;
  readonly encoding?: FileEncoding;
  readonly amount?: string;
  readonly currency?: string;
}

/** How a file is read, for the preview and for the batch's record. */
export interface InputReading {
  readonly mapping?: ColumnMapping;
  readonly encoding?: FileEncoding;
}

const otherNames: Readonly<Record<string, FileEncoding>> = {
  utf8: 'utf-8',
  sjis: 'shift_jis',
  'shift-jis': 'shift_jis',
  cp932: 'shift_jis',
  'windows-31j': 'shift_jis',
  eucjp: 'euc-jp',
  utf16le: 'utf-16le',
  utf16be: 'utf-16be',
  cp1252: 'windows-1252',
};

/** Adds `--columns` and `--encoding`. */
export function addInputOptions(command: Command): Command {
  return command
    .option(
      '--columns <file>',
      "a mapping of the merchant's column names (see cardlift template --mapping)",
      pathFor('--columns'),
    )
    .addOption(
      new Option(
        '--encoding <name>',
        `the file's encoding, if it is not UTF-8: ${fileEncodings.slice(1).join(', ')}`,
      ).argParser(parseEncoding),
    );
}

function parseEncoding(text: string): FileEncoding {
  const name = text.toLowerCase();
  const encoding = fileEncodings.find((known) => known === name) ?? otherNames[name];
  if (encoding === undefined) throw new InvalidArgumentError(`Give one of ${fileEncodings.join(', ')}.`);
  return encoding;
}

/** Reads the mapping file, if one is given. Throws MappingError and CliError. */
export async function readInputOptions(context: AppContext, options: InputOptions): Promise<InputReading> {
  const { columns, encoding } = options;
  const mapping =
    columns === undefined
      ? undefined
      : await readMappingFile(resolve(context.config.workingFolder, columns), context.config.provider.limits);
  for (const column of ['amount', 'currency'] as const) {
    if (mapping?.constants[column] !== undefined && options[column] !== undefined) {
      throw new CliError(
        `${column} is given twice: with --${column} and as a constant in the mapping. Remove one`,
      );
    }
  }
  return {
    ...definedOf({ mapping }),
    ...(encoding === undefined || encoding === 'utf-8' ? {} : { encoding }),
  };
}

/**
 * An open batch keeps the mapping and the encoding it was started with. Throws CliError on others.
 */
export function refuseOtherReading(record: BatchRecord, reading: InputReading): void {
  const differs = (['mapping', 'encoding'] as const).find(
    (part) => reading[part] !== undefined && !isDeepStrictEqual(reading[part], record[part]),
  );
  if (differs === undefined) return;
  const option = differs === 'mapping' ? '--columns' : '--encoding';
  throw new CliError(
    `The open batch of this file has a different ${differs}: ${record.batchId}. Leave out ${option} to continue it. To cancel it:\n  ${describeRunAgain(record, 1)} --cancel`,
  );
}
