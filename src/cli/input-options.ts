/* The options of `run`, `start` and `validate` that describe the merchant's file. */

import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AppContext } from '../app/app-context.ts';
import { definedOf } from '../domain/defined.ts';
import { type FileEncoding, fileEncodings } from '../domain/file-encoding.ts';
import { type FileReading, type FileReadingRequest, readFileReading } from '../operations/file-reading.ts';
import { pathFor } from './passed-names.ts';

export interface InputOptions {
  readonly columns?: string;
  readonly encoding?: FileEncoding;
  readonly amount?: string;
  readonly currency?: string;
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

/** Reads how the options describe the file. Throws MappingError and OperationRefused. */
export function readInputOptions(
  { config }: Pick<AppContext, 'config'>,
  options: InputOptions,
): Promise<FileReading> {
  return readFileReading(readingRequestOf(config.workingFolder, options), config.provider.limits);
}

/** The options in the form that operations take. */
export function readingRequestOf(
  workingFolder: string,
  { columns, encoding, amount, currency }: InputOptions,
): FileReadingRequest {
  return definedOf({
    mappingPath: columns === undefined ? undefined : resolve(workingFolder, columns),
    encoding,
    amount,
    currency,
  });
}
