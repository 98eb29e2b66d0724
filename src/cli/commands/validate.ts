import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { definedOf } from '../../domain/defined.ts';
import { type SentenceLanguage, sentenceLanguages } from '../../domain/merchant-sentences.ts';
import type { StagedRow } from '../../domain/staged-row.ts';
import type { FilePreview } from '../../input/file-preview.ts';
import { checkFile, FileRefusedError } from '../../operations/check-file.ts';
import type { FileReading } from '../../operations/file-reading.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { addInputOptions, type InputOptions, readInputOptions } from '../input-options.ts';
import { parseAmount, parseCurrency } from '../launch-options.ts';
import { createRejectedFile, type RejectedFile } from '../output/rejected-file.ts';
import { refusalAsJson, validationAsJson } from '../output/validation-json.ts';
import { describeValidation } from '../output/validation-text.ts';
import { pathFor } from '../passed-names.ts';

interface ValidateOptions extends InputOptions {
  readonly rejected?: string;
  readonly lang?: SentenceLanguage;
  readonly live?: true;
  readonly json?: true;
}

/** `validate` uses neither the network, nor Temporal, nor the storage. */
export function defineValidate(command: Command): void {
  addInputOptions(command)
    .option('--amount <amount>', 'the value that you will give to run', parseAmount)
    .option('--currency <code>', 'the value that you will give to run', parseCurrency)
    .option(
      '--rejected <file>',
      'write the rejected rows to this file, for the merchant; cards are masked',
      pathFor('--rejected'),
    )
    .addOption(
      new Option('--lang <language>', 'describe the errors to the merchant in this language').choices(
        sentenceLanguages,
      ),
    )
    .addOption(new Option('--live', 'check as for a live batch: reject test cards'))
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
Exit code 0: every row can be sent. 1: some rows are rejected. 2: the file is
refused.

Examples:
  cardlift validate cards.csv --amount 1 --currency JPY
  cardlift validate cards.csv.gz --encoding shift_jis --columns columns.yaml
  cardlift validate cards.csv --rejected rejected.csv --lang ja`,
    )
    .action(async (file: string, options: ValidateOptions) => {
      process.exitCode = await validate(openContext(), file, options);
    });
}

async function validate(context: CliContext, file: string, options: ValidateOptions): Promise<number> {
  const { terminal, config } = context;
  const reading = await readInputOptions(context, options);
  const rejectedPath =
    options.rejected === undefined ? undefined : resolve(config.workingFolder, options.rejected);
  const rejected =
    rejectedPath === undefined
      ? undefined
      : await createRejectedFile(rejectedPath, options.lang ?? 'en', config.provider.limits);
  try {
    const preview = await read(context, resolve(config.workingFolder, file), options, reading, rejected);
    await rejected?.finish();
    terminal.print(
      options.json === true
        ? JSON.stringify(validationAsJson(preview, reading))
        : describeValidation(preview, reading, config.provider.limits, options.lang),
    );
    if (rejectedPath !== undefined) terminal.report(`Rejected rows written to ${rejectedPath}`);
    return preview.rejectedRows === 0 ? exitCodes.ok : exitCodes.rowsLeft;
  } catch (error) {
    if (options.json === true && error instanceof FileRefusedError) {
      terminal.print(JSON.stringify(refusalAsJson(error)));
    }
    throw error;
  } finally {
    await rejected?.discard();
  }
}

function read(
  { terminal, config }: CliContext,
  path: string,
  options: ValidateOptions,
  reading: FileReading,
  rejected: RejectedFile | undefined,
): Promise<FilePreview> {
  return checkFile(
    {
      path,
      reading,
      limits: config.provider.limits,
      isLive: options.live === true,
      ...definedOf({ amount: options.amount, currency: options.currency }),
    },
    {
      ...(rejected === undefined ? {} : { onRows: (rows: readonly StagedRow[]) => rejected.add(rows) }),
      onRead: ({ bytesRead, bytesTotal }) =>
        terminal.paint(`Reading the file: ${Math.floor((bytesRead * 100) / Math.max(1, bytesTotal))} %`),
    },
  );
}
