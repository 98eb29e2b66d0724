import { type Command, InvalidArgumentError, Option } from 'commander';
import { isBatchName, isMerchantId } from '../contract/ids.ts';
import { isAmount } from '../domain/amount.ts';

/** The options of `run` and `start`, as commander hands them over. */
export interface LaunchOptions {
  readonly merchantId: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly rate?: number | 'none';
  readonly concurrency: number;
  readonly batch?: string;
  readonly live?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** Enough to keep two cores busy with a gateway that answers in 100 ms; a rate keeps it lower where one is set. */
const defaultConcurrency = 200;
const highestConcurrency = 1_000;
const highestRatePerS = 10_000;

/** Adds the options that say what a batch is started with. */
export function addLaunchOptions(command: Command): Command {
  return command
    .requiredOption('--merchant-id <id>', "the merchant's id at the gateway (DASMID)", parseMerchantId)
    .option('--amount <amount>', 'what each row is charged, where the file has no amount column', parseAmount)
    .option('--currency <code>', 'where the file has no currency column, e.g. JPY', parseCurrency)
    .option('--rate <requests/s>', 'the most requests a second; "none" for no limit of ours', parseRate)
    .addOption(
      new Option('--concurrency <n>', 'the most requests under way at once')
        .default(defaultConcurrency)
        .argParser(parseConcurrency),
    )
    .option('--batch <name>', "the batch's name; otherwise made of the file's", parseBatchName)
    .option('--live', 'real payments: required for any gateway but the sandbox and this machine')
    .option('--yes', 'start without asking');
}

function parseMerchantId(text: string): string {
  if (!isMerchantId(text))
    throw new InvalidArgumentError('Use letters, digits, ".", "-" and "_", at most 128.');
  return text;
}

/** An amount from the command line; throws commander's error. */
export function parseAmount(text: string): string {
  if (!isAmount(text)) throw new InvalidArgumentError('Give a positive number such as 100 or 1.50.');
  return text;
}

/** A currency from the command line; throws commander's error. */
export function parseCurrency(text: string): string {
  if (!/^[A-Z]{3}$/.test(text)) throw new InvalidArgumentError('Give three capital letters such as JPY.');
  return text;
}

function parseRate(text: string): number | 'none' {
  if (text === 'none') return text;
  const rate = Number(text);
  if (!(rate > 0 && rate <= highestRatePerS)) {
    throw new InvalidArgumentError(`Give a number above 0 and up to ${highestRatePerS}, or "none".`);
  }
  return rate;
}

function parseConcurrency(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > highestConcurrency) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${highestConcurrency}.`);
  }
  return count;
}

function parseBatchName(text: string): string {
  if (!isBatchName(text)) {
    throw new InvalidArgumentError('Use letters, digits, ".", "-" and "_", at most 100, no dot first.');
  }
  return text;
}
