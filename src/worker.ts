import { openContext } from './cli/cli-context.ts';
import { work } from './cli/commands/worker.ts';
import { describeFailure } from './cli/failure.ts';
import { requireTemporal } from './operations/batch-session.ts';

try {
  await work(openContext(), {}, requireTemporal);
} catch (error) {
  const { exitCode, message } = describeFailure(error);
  if (message !== undefined) process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
