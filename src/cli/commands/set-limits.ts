/* set-rate and set-concurrency: the rate of a batch, or of a gateway account, while it runs. */
import { type Command, InvalidArgumentError } from 'commander';
import { isLiveTarget, readTargetFingerprint } from '../../app/target.ts';
import {
  type ControlName,
  type SetConcurrencyInput,
  type SetRateInput,
  setConcurrencyUpdateName,
  setRateUpdateName,
} from '../../contract/workflows.ts';
import { highestConcurrency } from '../../domain/concurrency.ts';
import { countOf } from '../../domain/counted-text.ts';
import { callerOf, reasonOption } from '../../operations/audit-news.ts';
import { updateBatch } from '../../operations/controls/update-batch.ts';
import { readAccountLimit, writeAccountLimit } from '../../storage/limit-settings.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { isConcurrency, parseRate } from '../launch-options.ts';

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
    .argument('[batch]', 'its id, or a beginning of its name')
    .argument('[rate]', 'requests/s, or "none"', parseRate)
    .summary('change the rate of a batch that runs, or of the whole gateway account')
    .option('--account <rate>', 'for all batches of this gateway account together', parseRate)
    .option('--live', 'the account of live batches, of a gateway on this machine')
    .option(...reasonOption)
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      `
Takes hold within two seconds on every worker. The account is the one of the
environment's settings (base URL and CARDLIFT_ACCOUNT).

Examples:
  cardlift set-rate cards-1a2b3c4d 20 --reason "the gateway asked for it"
  cardlift set-rate --account 100 --reason "our contract's limit"`,
    )
    .action((batch: string | undefined, rate: number | 'none' | undefined, options: SetRateOptions) =>
      setRate(openContext(), batch, rate, options),
    );
  program
    .command('set-concurrency')
    .argument('<batch>', 'its id, or a beginning of its name')
    .argument('<n>', 'requests under way at once, or "auto": as the rate needs', parseConcurrencyOrAuto)
    .summary('change how many requests of a batch may be under way at once')
    .option(...reasonOption)
    .option('--json', 'the answer as JSON')
    .action((batch: string, concurrency: number | 'auto', options: SetLimitsOptions) => {
      const input: SetConcurrencyInput = {
        ...callerOf(options),
        concurrency: concurrency === 'auto' ? null : concurrency,
      };
      return changeBatch(openContext(), batch, setConcurrencyUpdateName, input, options, {
        reported: { concurrency: input.concurrency },
        text: `has ${concurrency === 'auto' ? 'as many requests under way as its rate needs' : `at most ${countOf(concurrency, 'request')} under way`}`,
      });
    });
}

async function setRate(
  context: CliContext,
  batch: string | undefined,
  rate: number | 'none' | undefined,
  options: SetRateOptions,
): Promise<void> {
  if (options.account !== undefined) {
    if (batch !== undefined) {
      throw new CliError('Give either a batch with its rate, or --account with its rate');
    }
    await setAccountRate(context, options.account, options);
    return;
  }
  if (batch === undefined || rate === undefined) {
    throw new CliError('Give a batch and its rate in requests/s, or --account with its rate');
  }
  const input: SetRateInput = { ...callerOf(options), ratePerS: rate === 'none' ? null : rate };
  await changeBatch(context, batch, setRateUpdateName, input, options, {
    reported: { rate_per_s: input.ratePerS },
    text: rate === 'none' ? 'has no limit of its own' : `sends at most ${rate} requests/s`,
  });
}

async function setAccountRate(
  context: CliContext,
  rate: number | 'none',
  options: SetRateOptions,
): Promise<void> {
  const { files } = await context.storage();
  const targetFingerprint = await readTargetFingerprint(
    context,
    isLiveTarget(context.config, options.live === true),
  );
  const ratePerS = rate === 'none' ? null : rate;
  const present = await readAccountLimit(files, targetFingerprint);
  if ((present?.ratePerS ?? null) === ratePerS) {
    throw new CliError(
      `Cannot set the account's rate: it is ${ratePerS === null ? 'without a limit' : `${ratePerS} requests/s`} already`,
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
  context: CliContext,
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
