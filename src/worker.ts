import { requireTemporal } from './cli/batch-access.ts';
import { openContext } from './cli/cli-context.ts';
import { work } from './cli/commands/worker.ts';
import { describeFailure } from './cli/program.ts';

try {
  await work(openContext(), {}, requireTemporal);
} catch (error) {
  const { exitCode, message } = describeFailure(error);
  if (message !== undefined) process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
