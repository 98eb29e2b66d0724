/* set-rate and set-concurrency: the rate of a batch, or of a gateway account, while it runs. */
import { type Command, InvalidArgumentError } from 'commander';
import { type AppContext, contextFingerprint, isLiveContext, openContext } from '../../app/app-context.ts';
import {
  type ControlName,
  type SetConcurrencyInput,
  type SetRateInput,
  setConcurrencyUpdateName,
  setRateUpdateName,
} from '../../contract/workflows.ts';
import { highestConcurrency } from '../../domain/concurrency.ts';
import { updateBatch } from '../../operations/batch-update.ts';
import { callerOf, reasonOption } from '../../operations/operator.ts';
import { readAccountLimit, writeAccountLimit } from '../../storage/limit-settings.ts';
import { CliError } from '../cli-error.ts';
import { isConcurrency, parseRate } from '../launch-options.ts';
import { countOf } from '../output/counted-text.ts';

interface SetLimitsOptions {
  readonly reason?: string;
  readonly json?: true;
}

interface SetRateOptions extends SetLimitsOptions {
  readonly account?: number | 'none';
  readonly live?: true;
}

/** Adds `cardlift set-rate` and `set-concurrency`. */
export function addLimitsCommands(program: Command): void {
  program
    .command('set-rate')
    .argument('[batch]', "the batch's id, or the start of its name")
    .argument('[rate]', 'requests/s, or "none"', parseRate)
    .summary('change the rate limit of a running batch, or of the whole gateway account')
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
  program
    .command('set-concurrency')
    .argument('<batch>', "the batch's id, or the start of its name")
    .argument('<n>', 'the most requests in flight, or "auto" to set it from the rate', parseConcurrencyOrAuto)
    .summary('change how many requests of a running batch may be in flight')
    .option(...reasonOption)
    .option('--json', 'print the result as JSON')
    .action((batch: string, concurrency: number | 'auto', options: SetLimitsOptions) => {
      const input: SetConcurrencyInput = {
        ...callerOf(options),
        concurrency: concurrency === 'auto' ? null : concurrency,
      };
      return changeBatch(openContext(), batch, setConcurrencyUpdateName, input, options, {
        reported: { concurrency: input.concurrency },
        text: `has ${concurrency === 'auto' ? 'as many requests in flight as its rate needs' : `at most ${countOf(concurrency, 'request')} in flight`}`,
      });
    });
}

async function setRate(
  context: AppContext,
  batch: string | undefined,
  rate: number | 'none' | undefined,
  options: SetRateOptions,
): Promise<void> {
  if (options.account !== undefined) {
    if (batch !== undefined) {
      throw new CliError('Give either a batch and its rate, or --account and its rate');
    }
    await setAccountRate(context, options.account, options);
    return;
  }
  if (batch === undefined || rate === undefined) {
    throw new CliError('Give a batch and its rate in requests/s, or --account and its rate');
  }
  const input: SetRateInput = { ...callerOf(options), ratePerS: rate === 'none' ? null : rate };
  await changeBatch(context, batch, setRateUpdateName, input, options, {
    reported: { rate_per_s: input.ratePerS },
    text: rate === 'none' ? 'has no rate limit' : `sends at most ${rate} requests/s`,
  });
}

async function setAccountRate(
  context: AppContext,
  rate: number | 'none',
  options: SetRateOptions,
): Promise<void> {
  const { files } = await context.storage();
  const targetFingerprint = await contextFingerprint(
    context,
    isLiveContext(context.config, options.live === true),
  );
  const ratePerS = rate === 'none' ? null : rate;
  const present = await readAccountLimit(files, targetFingerprint);
  if ((present?.ratePerS ?? null) === ratePerS) {
    throw new CliError(
      `Cannot set the account's rate: it is already ${ratePerS === null ? 'unlimited' : `${ratePerS} requests/s`}`,
    );
  }
  await writeAccountLimit(files, targetFingerprint, {
    version: 1,
    ratePerS,
    at: new Date().toISOString(),
    ...callerOf(options),
  });
  const { config, terminal } = context;
  terminal.print(
    options.json === true
      ? JSON.stringify({ account: config.account, base_url: config.baseUrl.url, rate_per_s: ratePerS })
      : `All batches of the account "${config.account}" at ${config.baseUrl.url} together ${ratePerS === null ? 'have no limit' : `send at most ${ratePerS} requests/s`}`,
  );
}

async function changeBatch<Input extends SetRateInput | SetConcurrencyInput>(
  context: AppContext,
  batch: string,
  update: ControlName,
  input: Input,
  options: SetLimitsOptions,
  answer: { readonly reported: Readonly<Record<string, number | null>>; readonly text: string },
): Promise<void> {
  const { batchId } = await updateBatch(context, batch, update, input);
  context.terminal.print(
    options.json === true
      ? JSON.stringify({ batch_id: batchId, ...answer.reported })
      : `${batchId} ${answer.text}`,
  );
}

function parseConcurrencyOrAuto(text: string): number | 'auto' {
  if (text === 'auto') return text;
  if (!isConcurrency(Number(text))) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${highestConcurrency}, or "auto".`);
  }
  return Number(text);
}
