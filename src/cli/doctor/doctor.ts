import type { Command } from 'commander';
import { ConfigError } from '../../config.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { wrapLine } from '../output/wrapped-text.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import type { Check } from './doctor-check.ts';
import { checkContext } from './doctor-checks.ts';

interface DoctorOptions {
  readonly live?: true;
  readonly json?: true;
}

export function defineDoctor(command: Command): void {
  command
    .option('--live', 'check for a worker for live batches of a gateway on this machine')
    .option('--json', 'print the checks as JSON')
    .addHelpText(
      'after',
      `
Requests the gateway's root URL once, without keys: no payment is made.
Exit code 0: no check failed. 4: a check failed.

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
      remedy: 'Fix the environment variable. docs/commands.md lists all settings',
    };
    return reportChecks(createTerminal(false), [check], options);
  }
  return reportChecks(context.terminal, await checkContext(context, options.live === true), options);
}

/** Prints the checks and returns the exit code. */
export function reportChecks(
  terminal: Pick<Terminal, 'print'>,
  checks: readonly Check[],
  { json }: Pick<DoctorOptions, 'json'>,
): number {
  const isOk = checks.every(({ status }) => status !== 'fail');
  terminal.print(
    json === true
      ? JSON.stringify({ is_ok: isOk, checks })
      : [...checks.flatMap(describeCheck), isOk ? 'Ready.' : 'Not ready: see the checks marked FAIL.'].join(
          '\n',
        ),
  );
  return isOk ? exitCodes.ok : exitCodes.engine;
}

const marks = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;
const indent = 6;

function describeCheck({ name, status, text, remedy, command }: Check): string[] {
  const start = `${' '.repeat(indent)}-> `;
  return [
    wrapLine(`${marks[status]}  ${name}: ${text}`, indent),
    ...(remedy === undefined ? [] : [wrapLine(`${start}${remedy}`, indent + 3)]),
    // Never wrapped, so that it can be copied.
    ...(command === undefined ? [] : [`${start}${command}`]),
  ];
}
