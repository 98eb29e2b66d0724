import type { Command } from 'commander';
import { ConfigError } from '../../config.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { wrapLine } from '../output/wrapped-text.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import type { Check } from './doctor-check.ts';
import { checkPlace } from './doctor-checks.ts';

interface DoctorOptions {
  readonly live?: true;
  readonly json?: true;
}

/** Adds `cardlift doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .summary('what is set up, what is missing, and what to do; sends no payment')
    .option('--live', 'look for a worker on live batches of a gateway on this machine')
    .option('--json', 'the checks as JSON')
    .addHelpText(
      'after',
      `
Asks the gateway's root once, without keys: no payment. Exit code 0: nothing blocks;
4: something does.

Example:
  cardlift doctor`,
    )
    .action(async (options: DoctorOptions) => {
      process.exitCode = await doctor(options);
    });
}

async function doctor(options: DoctorOptions): Promise<number> {
  let context: CliContext;
  try {
    context = openContext();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const check: Check = {
      name: 'settings',
      status: 'fail',
      text: error.message,
      remedy: 'Fix the variable in the environment; docs/commands.md lists the settings',
    };
    return reportChecks(createTerminal(false), [check], options);
  }
  return reportChecks(context.terminal, await checkPlace(context, options.live === true), options);
}

/** Prints the checks; gives the exit code. */
export function reportChecks(
  terminal: Pick<Terminal, 'print'>,
  checks: readonly Check[],
  { json }: Pick<DoctorOptions, 'json'>,
): number {
  const isOk = checks.every(({ status }) => status !== 'fail');
  terminal.print(
    json === true
      ? JSON.stringify({ is_ok: isOk, checks })
      : [
          ...checks.flatMap(describeCheck),
          isOk ? 'Nothing blocks.' : 'Something blocks: see what says FAIL.',
        ].join('\n'),
  );
  return isOk ? exitCodes.ok : exitCodes.engine;
}

const marks = { ok: 'ok  ', warn: 'look', fail: 'FAIL' } as const;
const indent = 6;

function describeCheck({ name, status, text, remedy, command }: Check): string[] {
  const start = `${' '.repeat(indent)}-> `;
  return [
    wrapLine(`${marks[status]}  ${name}: ${text}`, indent),
    ...(remedy === undefined ? [] : [wrapLine(`${start}${remedy}`, indent + 3)]),
    // Never broken, so that it can be copied.
    ...(command === undefined ? [] : [`${start}${command}`]),
  ];
}
