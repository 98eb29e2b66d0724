import { requireTemporal } from './cli/batch-access.ts';
import { describeFailure } from './cli/program.ts';
import { work } from './cli/worker.ts';
import { openWorkplace } from './cli/workplace.ts';

try {
  await work(openWorkplace(), {}, requireTemporal);
} catch (error) {
  const { exitCode, message } = describeFailure(error);
  if (message !== undefined) process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
