import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type FilePreview, previewFile } from '../input/file-preview.ts';
import { createKey } from '../storage/encryption.ts';
import { exitCodes } from './exit-codes.ts';
import { parseAmount, parseCurrency } from './launch-options.ts';
import { describeFindings } from './preview-text.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

interface ValidateOptions {
  readonly amount?: string;
  readonly currency?: string;
  readonly live?: true;
  readonly json?: true;
}

/** Adds `cardlift validate FILE`: reads and checks, touches neither network nor Temporal nor storage. */
export function addValidateCommand(program: Command): void {
  program
    .command('validate')
    .argument('<file>', "the merchant's CSV")
    .summary('check a file; sends nothing')
    .option('--amount <amount>', 'as it will be given to run', parseAmount)
    .option('--currency <code>', 'as it will be given to run', parseCurrency)
    .addOption(new Option('--live', 'check as for a live batch: test cards are rejected'))
    .option('--json', 'the findings as JSON')
    .addHelpText(
      'after',
      '\nExit code 0: every row may be sent; 1: some are rejected; 2: the file is refused.',
    )
    .action(async (file: string, options: ValidateOptions) => {
      process.exitCode = await validate(openWorkplace(), file, options);
    });
}

async function validate(place: Workplace, file: string, options: ValidateOptions): Promise<number> {
  const { terminal, config } = place;
  const preview = await previewFile(resolve(config.workingFolder, file), {
    today: new Date().toISOString().slice(0, 10),
    isLive: options.live === true,
    fingerprintKey: createKey(),
    ...(options.amount === undefined ? {} : { defaultAmount: options.amount }),
    ...(options.currency === undefined ? {} : { defaultCurrency: options.currency }),
  });
  terminal.print(options.json === true ? JSON.stringify(preview) : describe(preview));
  return preview.rejectedRows === 0 ? exitCodes.ok : exitCodes.rowsLeft;
}

function describe(preview: FilePreview): string {
  const amounts = Object.entries(preview.amounts).map(([currency, total]) => `${total} ${currency}`);
  const brands = Object.entries(preview.brands).map(([brand, count]) => `${count} ${brand}`);
  return [
    `Rows      ${preview.rows}: ${preview.sendableRows} could be sent, ${preview.rejectedRows} rejected`,
    `Cards     ${brands.length === 0 ? 'none' : brands.join(', ')}`,
    `Charges   ${amounts.length === 0 ? 'nothing' : `${amounts.join(' and ')} in all`}`,
    `SHA-256   ${preview.sha256}`,
    ...describeFindings(preview),
  ].join('\n');
}
