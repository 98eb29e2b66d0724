import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { scrubText } from '../domain/scrub.ts';
import { BaseUrlError } from '../gateway/base-url.ts';
import { FileRefusedError } from '../input/file-refused-error.ts';
import { BatchRecordError } from '../storage/batch-record.ts';
import { KeyFileError } from '../storage/key-file.ts';
import { CliError } from './cli-error.ts';
import { addControlCommands } from './control.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { addResultsCommand } from './results.ts';
import { addRunCommand } from './run.ts';
import { addSimulateCommand } from './simulate.ts';
import { addStartCommand } from './start.ts';
import { addStatusCommands } from './status.ts';
import { addValidateCommand } from './validate.ts';
import { versions } from './versions.ts';
import { addWatchCommand } from './watch.ts';
import { addWorkerCommands } from './worker.ts';

/** The `cardlift` command with all its commands. */
export function createProgram(): Command {
  const program = new Command('cardlift')
    .description("Moves a merchant's cards on file into the Payment Options gateway, each card charged once.")
    .version(versions.cardlift)
    .showHelpAfterError('(--help shows how it is used)')
    .exitOverride();
  program.configureHelp({ helpWidth: 80 });
  addRunCommand(program);
  addStartCommand(program);
  addWatchCommand(program);
  addStatusCommands(program);
  addControlCommands(program);
  addResultsCommand(program);
  addValidateCommand(program);
  addSimulateCommand(program);
  addWorkerCommands(program);
  for (const command of program.commands) command.exitOverride();
  return program;
}

/** What an error that ended a command means for the exit code, and what the operator is told; nothing where it was told already. */
export function describeFailure(error: unknown): { exitCode: ExitCode | number; message?: string } {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong, or shown the help that was asked for.
    return { exitCode: error.exitCode === 0 ? exitCodes.ok : exitCodes.usage };
  }
  if (error instanceof CliError) return { exitCode: error.exitCode, message: error.message };
  if (error instanceof FileRefusedError || error instanceof ConfigError || error instanceof BaseUrlError) {
    return { exitCode: exitCodes.usage, message: error.message };
  }
  if (error instanceof KeyFileError || error instanceof BatchRecordError) {
    return { exitCode: exitCodes.engine, message: error.message };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : 'an unknown error';
  return { exitCode: exitCodes.engine, message: `The engine failed: ${scrubText(message, 1000)}` };
}
