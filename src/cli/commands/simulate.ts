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

export function defineSimulate(command: Command): void {
  command
    .option('--port <n>', 'the port on this machine', wholeNumber, 4010)
    .option(
      '--fault <name=share>',
      'the share of requests with this fault, e.g. drop-after=0.5%; repeatable',
      (text: string, all: readonly string[]) => [...all, text],
      [],
    )
    .option('--seed <n>', 'the seed for reproducible choices', wholeNumber, 1)
    .option('--rate <n>', 'answer 429 above this many requests/s', wholeNumber)
    .option('--latency <ms>', 'the response time in milliseconds', wholeNumber, 100)
    .option('--ledger <file>', 'keep the charges in this file across restarts', pathFor('--ledger'))
    .option('--live', 'answer with is_live: true')
    .option('--json', 'print the address as JSON')
    .addHelpText(
      'after',
      `
It expects the keys "Basic simulator" and "simulator". To see what it did:
GET /simulator/ledger and GET /simulator/stats.

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
          `The simulated gateway listens at ${baseUrl}. To use it:`,
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
    throw new InvalidArgumentError(error instanceof Error ? error.message : 'Unknown fault');
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('Give a whole number.');
  return number;
}
