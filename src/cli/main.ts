import { runCommandLine } from './program.ts';

/** Carries out a command line, reports an error, and sets the exit code. */
export async function main(commandLine: readonly string[]): Promise<void> {
  try {
    await runCommandLine(commandLine);
  } catch (error) {
    // Loaded here: it knows the errors of every layer, which few commands load.
    const { describeFailure } = await import('./failure.ts');
    const { exitCode, message } = describeFailure(error);
    if (message !== undefined) process.stderr.write(`${message}\n`);
    process.exitCode = exitCode;
  }
}
