/* The one place that decides the exit code of a command that failed. */
import { CommanderError } from 'commander';
import { scrubText } from '../domain/scrub.ts';
import { classifyFailure, type Failure } from '../operations/failure-kinds.ts';
import { CliError, QuestionInterruptedError } from './cli-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

const exitCodeOfKind: Readonly<Record<Failure['kind'], ExitCode>> = {
  invalid: exitCodes.usage,
  not_found: exitCodes.usage,
  conflict: exitCodes.usage,
  decided_meanwhile: exitCodes.usage,
  consent_missing: exitCodes.usage,
  no_results: exitCodes.rowsLeft,
  rows_left: exitCodes.rowsLeft,
  not_ended: exitCodes.stopped,
  cancelled: exitCodes.stopped,
  engine: exitCodes.engine,
};

/**
 * The exit code for an error that ended a command, and the message to show. There is no message if
 * it was already shown.
 */
export function describeFailure(error: unknown): { readonly exitCode: ExitCode; readonly message?: string } {
  if (error instanceof CommanderError) {
    // Commander has already printed the error or the requested help.
    return { exitCode: error.exitCode === 0 ? exitCodes.ok : exitCodes.usage };
  }
  if (error instanceof QuestionInterruptedError) {
    return { exitCode: exitCodes.interrupted, message: error.message };
  }
  if (error instanceof CliError) return { exitCode: exitCodes.usage, message: error.message };
  const failure = classifyFailure(error);
  if (failure !== undefined) {
    return { exitCode: exitCodeOfKind[failure.kind], message: describeKnown(failure) };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : 'an unknown error';
  return { exitCode: exitCodes.engine, message: `The engine failed: ${scrubText(message, 1000)}` };
}

function describeKnown({ message, mapping }: Failure): string {
  return mapping === undefined
    ? message
    : `${message}\nSuggested mapping. Check it, then pass it with --columns:\n\n${mapping}\n`;
}
