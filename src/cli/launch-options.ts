import { type Command, InvalidArgumentError } from 'commander';
import { isBatchName, isMerchantId } from '../contract/ids.ts';
import { isAmount } from '../domain/amount.ts';
import { currencyDecimals } from '../domain/currencies.ts';
import { notifyUrlRemedies, parseNotifyUrl } from '../domain/notify-url.ts';
import { isTimeZone, parseWindow } from '../domain/send-window.ts';
import { defaultTolerancePercent } from '../domain/tolerance.ts';
import { refuseCardNumber } from '../operations/plain-names.ts';
import { CliError } from './cli-error.ts';
import { addInputOptions, type InputOptions } from './input-options.ts';
import { parseConcurrency, parsePercent, parseRate } from './limit-values.ts';
import { pathsFor } from './passed-names.ts';

/** The options of `run` and `start`, as commander returns them. */
export interface LaunchOptions extends InputOptions {
  readonly merchantId: string;
  readonly rate?: number | 'none';
  readonly concurrency?: number;
  readonly canary?: number;
  readonly tolerate?: number;
  readonly notify?: string;
  readonly window?: ReturnType<typeof parseWindow>;
  readonly timeZone?: string;
  readonly batch?: string;
  readonly skipTokenizedIn?: readonly string[];
  readonly chargeAgain?: true;
  readonly live?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** Adds the options that a batch is started with. */
export function addLaunchOptions(command: Command): Command {
  return addInputOptions(command)
    .requiredOption('--merchant-id <id>', "the merchant's id at the gateway (DASMID)", parseMerchantId)
    .option('--amount <amount>', 'the amount per row, if the file has no amount column', parseAmount)
    .option('--currency <code>', 'the currency, if the file has no currency column, e.g. JPY', parseCurrency)
    .option(
      '--rate <requests/s>',
      'the limit in requests/s, or "none" (default: 10; none for a gateway on this machine)',
      parseRate,
    )
    .option('--concurrency <n>', 'the most requests in flight (default: set from the rate)', parseConcurrency)
    .option('--canary <rows>', 'send this many rows first, then wait for `cardlift approve`', parseCanary)
    .option(
      '--tolerate <percent>',
      `hold if more than this share of answered rows has no token (default: ${defaultTolerancePercent})`,
      parsePercent,
    )
    .option(
      '--notify <url>',
      'post JSON to this URL at start, hold and end; https, or this machine',
      parseNotify,
    )
    .option(
      '--window <hours>',
      'send only in these hours, e.g. 22:00-06:00; requires --time-zone',
      parseHours,
    )
    .option('--time-zone <name>', "the window's time zone, e.g. Asia/Tokyo", parseTimeZone)
    .option('--batch <name>', "the batch's name (default: made from the file's name)", parseBatchName)
    .option(
      '--skip-tokenized-in <results...>',
      'results.csv of earlier batches: skip references that have a token there',
      pathsFor('--skip-tokenized-in'),
    )
    .option(
      '--charge-again',
      'also send references that earlier batches charged or may have charged; needed with --yes',
    )
    .option('--live', 'make real payments; required unless the gateway is the sandbox or on this machine')
    .option('--yes', 'start without a prompt');
}

function parseMerchantId(text: string): string {
  if (!isMerchantId(text))
    throw new InvalidArgumentError('Use letters, digits, ".", "-" and "_", at most 128.');
  refuseCardNumber('--merchant-id', text, "Use the merchant's id at the gateway");
  return text;
}

/** Parses an amount. Throws commander's error. */
export function parseAmount(text: string): string {
  if (!isAmount(text)) throw new InvalidArgumentError('Give a positive number such as 100 or 1.50.');
  return text;
}

/** Parses a currency. Throws commander's error. */
export function parseCurrency(text: string): string {
  if (currencyDecimals(text) === undefined)
    throw new InvalidArgumentError('Give a currency of ISO 4217: three capital letters such as JPY.');
  return text;
}

function parseCanary(text: string): number {
  const rows = Number(text);
  if (!Number.isInteger(rows) || rows < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return rows;
}

/** Throws no commander error, which would quote the URL: it may contain a secret. */
function parseNotify(text: string): string {
  const parsed = parseNotifyUrl(text);
  if ('url' in parsed) return parsed.url;
  throw new CliError(`The address of --notify is refused: ${notifyUrlRemedies[parsed.fault]}`);
}

function parseHours(text: string): NonNullable<LaunchOptions['window']> {
  const window = parseWindow(text);
  if (window === undefined) {
    throw new InvalidArgumentError('Give two times of the day such as 22:00-06:00 or 09:00-17:30.');
  }
  return window;
}

function parseTimeZone(text: string): string {
  if (!isTimeZone(text))
    throw new InvalidArgumentError('Give a name such as Asia/Tokyo, Europe/Berlin or UTC.');
  return text;
}

function parseBatchName(text: string): string {
  if (!isBatchName(text)) {
    throw new InvalidArgumentError(
      'Use letters, digits, ".", "-" and "_", at most 100, not starting with a dot.',
    );
  }
  refuseCardNumber('--batch', text, 'Use another name');
  return text;
}
