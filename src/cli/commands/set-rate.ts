/*
 * set-rate and set-concurrency: change the limits of a running batch, or the rate of a gateway
 * account.
 */
import type { Command } from 'commander';
import { countOf } from '../../domain/counted-text.ts';
import { setAccountRate } from '../../operations/controls/account-rate.ts';
import { setBatchConcurrency, setBatchRate } from '../../operations/controls/change-batch.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { parseRate } from '../limit-values.ts';
import { reasonOption } from '../reason-option.ts';

interface SetLimitsOptions {
  readonly reason?: string;
  readonly json?: true;
}

interface SetRateOptions extends SetLimitsOptions {
  readonly account?: number | 'none';
  readonly live?: true;
}

export function defineSetRate(command: Command): void {
  command
    .option('--account <rate>', 'the limit for all batches of this gateway account together', parseRate)
    .option('--live', 'for live batches of a gateway on this machine')
    .option(...reasonOption)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Takes effect within two seconds on every worker. The account is the one in the
environment (CARDLIFT_GATEWAY, its base URL and CARDLIFT_ACCOUNT).

Examples:
  cardlift set-rate cards-1a2b3c4d 20 --reason "the gateway asked for it"
  cardlift set-rate --account 100 --reason "our contract's limit"`,
    )
    .action((batch: string | undefined, rate: number | 'none' | undefined, options: SetRateOptions) =>
      setRate(openContext(), batch, rate, options),
    );
}

export function defineSetConcurrency(command: Command): void {
  command
    .option(...reasonOption)
    .option('--json', 'print the result as JSON')
    .action((batch: string, concurrency: number | 'auto', options: SetLimitsOptions) =>
      setConcurrency(openContext(), batch, concurrency, options),
    );
}

async function setRate(
  context: CliContext,
  batch: string | undefined,
  rate: number | 'none' | undefined,
  options: SetRateOptions,
): Promise<void> {
  if (options.account !== undefined) {
    if (batch !== undefined) {
      throw new CliError('Give either a batch and its rate, or --account and its rate');
    }
    await setRateOfAccount(context, options.account, options);
    return;
  }
  if (batch === undefined || rate === undefined) {
    throw new CliError('Give a batch and its rate in requests/s, or --account and its rate');
  }
  const ratePerS = rate === 'none' ? null : rate;
  const { batchId } = await setBatchRate(context, batch, ratePerS, options);
  report(context, options, batchId, {
    json: { rate_per_s: ratePerS },
    text: ratePerS === null ? 'has no rate limit' : `sends at most ${ratePerS} requests/s`,
  });
}

async function setRateOfAccount(
  context: CliContext,
  rate: number | 'none',
  options: SetRateOptions,
): Promise<void> {
  const ratePerS = rate === 'none' ? null : rate;
  await setAccountRate(context, ratePerS, options.live === true, options);
  const { config, terminal } = context;
  terminal.print(
    options.json === true
      ? JSON.stringify({ account: config.account, base_url: config.baseUrl.url, rate_per_s: ratePerS })
      : `All batches of the account "${config.account}" at ${config.baseUrl.url} together ${ratePerS === null ? 'have no limit' : `send at most ${ratePerS} requests/s`}`,
  );
}

async function setConcurrency(
  context: CliContext,
  batch: string,
  given: number | 'auto',
  options: SetLimitsOptions,
): Promise<void> {
  const concurrency = given === 'auto' ? null : given;
  const { batchId } = await setBatchConcurrency(context, batch, concurrency, options);
  report(context, options, batchId, {
    json: { concurrency },
    text: `has ${concurrency === null ? 'as many requests in flight as its rate needs' : `at most ${countOf(concurrency, 'request')} in flight`}`,
  });
}

function report(
  { terminal }: CliContext,
  options: SetLimitsOptions,
  batchId: string,
  { json, text }: { readonly json: Readonly<Record<string, number | null>>; readonly text: string },
): void {
  terminal.print(
    options.json === true ? JSON.stringify({ batch_id: batchId, ...json }) : `${batchId} ${text}`,
  );
}
