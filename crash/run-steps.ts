/*
 * `npm run crash:steps`: kills a worker at each step of staging, sending, closing and publishing,
 * and stops one at each (SIGSTOP for longer than every time-out, then SIGCONT). Prints the table.
 * Exit code 1 if a row has a wrong outcome.
 */
import { Command } from 'commander';
import { openStepStage } from './steps/step-stage.ts';
import { faultsOfPlay, type PlayedStep, playSteps, tableOf } from './steps/step-table.ts';
import { allSteps, quickSteps } from './steps/steps.ts';

const { quick } = new Command('crash:steps')
  .description('What a row becomes when its worker dies at each step')
  .option('--quick', 'the steps of the test suite, and killed only', false)
  .parse()
  .opts<{ quick: boolean }>();

const report = (line: string): void => void process.stderr.write(`${line}\n`);
const stage = await openStepStage();
try {
  const played: PlayedStep[] = quick
    ? await playSteps(stage, quickSteps, 'SIGKILL', report)
    : [
        ...(await playSteps(stage, allSteps, 'SIGKILL', report)),
        ...(await playSteps(stage, allSteps, 'SIGSTOP', report)),
      ];
  process.stdout.write(tableOf(played));
  process.exitCode = played.some((one) => faultsOfPlay(one).length > 0) ? 1 : 0;
} finally {
  await stage.close();
}
