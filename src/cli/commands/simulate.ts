import { type Command, InvalidArgumentError } from 'commander';
import { definedOf } from '../../domain/defined.ts';
import { parseFaultShares } from '../../simulator/fault-choice.ts';
import { createSimulator } from '../../simulator/simulator.ts';
import { openContext } from '../cli-context.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { pathFor } from '../passed-names.ts';

interface SimulateOptions {
  readonly port: number;
  readonly fault: readonly string[];
  readonly seed: number;
  readonly rate?: number;
  readonly latency: number;
  readonly ledger?: string;
  readonly live?: true;
  readonly json?: true;
}

/** Adds `cardlift simulate`. */
export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .summary('a gateway to practise on: takes any card, charges nobody')
    .option('--port <n>', 'where it listens on this machine', wholeNumber, 4010)
    .option(
      '--fault <name=share>',
      'a share of requests that go wrong, e.g. drop-after=0.5%; may be repeated',
      (text: string, all: readonly string[]) => [...all, text],
      [],
    )
    .option('--seed <n>', 'makes the same choices again', wholeNumber, 1)
    .option('--rate <n>', 'answers 429 above so many requests a second', wholeNumber)
    .option('--latency <ms>', 'how long an answer takes', wholeNumber, 100)
    .option('--ledger <file>', 'keeps what was charged, across restarts', pathFor('--ledger'))
    .option('--live', 'says is_live: true')
    .option('--json', 'its address as JSON')
    .addHelpText(
      'after',
      `
It wants the keys "Basic simulator" and "simulator". What it did: GET /simulator/ledger and /simulator/stats.

Example:
  cardlift simulate --fault declined-soft=2% --fault hang=0.5%`,
    )
    .action(simulate);
}

async function simulate(options: SimulateOptions): Promise<void> {
  const { terminal } = openContext();
  const simulator = createSimulator({
    seed: options.seed,
    faults: readShares(options.fault),
    ...definedOf({ ledgerFile: options.ledger }),
    settings: {
      latencyMs: options.latency,
      isLive: options.live === true,
      ...definedOf({ ratePerS: options.rate }),
    },
  });
  const { baseUrl } = await simulator.listen(options.port);
  terminal.print(
    options.json === true
      ? JSON.stringify({ base_url: baseUrl })
      : [
          `The simulated gateway listens at ${baseUrl}. To send to it:`,
          `  export PAYMENT_OPTIONS_BASE_URL=${baseUrl}`,
          "  export PAYMENT_OPTIONS_AUTHORIZATION='Basic simulator'",
          '  export PAYMENT_OPTIONS_X_API_KEY=simulator',
        ].join('\n'),
  );
  const { signal } = listenForInterrupt(() => undefined);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  await simulator.close();
}

function readShares(texts: readonly string[]) {
  try {
    return parseFaultShares(texts);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : 'The fault is not known');
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('Give a whole number.');
  return number;
}
