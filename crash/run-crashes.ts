/*
 * `npm run crash -- --rows 20000 --faults 100 --seed 1`: batches on a real Temporal server, while
 * workers, the server, the gateway, the disk and the operator's process fail at random moments. It
 * then compares results and ledger, and prints faults and findings. Exit code 1 if a promise is
 * broken.
 */
import { Command, InvalidArgumentError } from 'commander';
import { complaintsOf } from './checker.ts';
import { describeCrashRuns, type NamedRun } from './faults/crash-report.ts';
import { runCrashes } from './faults/crash-run.ts';

const wholeNumber = (text: string): number => {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
};

const { rows, faults, seed, batches, minutes, quiet } = new Command('crash')
  .description('Injects faults at random moments, and checks every row')
  .option('--rows <number>', 'over all batches', wholeNumber, 20_000)
  .option('--faults <number>', 'over all batches', wholeNumber, 100)
  .option('--seed <number>', 'the same seed makes the same faults', wholeNumber, 1)
  .option('--batches <number>', 'alternately with three workers and with one', wholeNumber, 4)
  .option('--minutes <number>', 'for each batch, at most', wholeNumber, 10)
  .option('--quiet', 'only the tables', false)
  .parse()
  .opts<{
    rows: number;
    faults: number;
    seed: number;
    batches: number;
    minutes: number;
    quiet: boolean;
  }>();

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const runs: NamedRun[] = [];
for (let batch = 0; batch < batches; batch += 1) {
  const workers = batch % 2 === 0 ? 3 : 1;
  const name = `batch ${batch + 1}, ${workers === 1 ? 'one worker' : `${workers} workers`}`;
  print(name);
  const end = await runCrashes({
    seed: seed + batch,
    rows: Math.ceil(rows / batches),
    faults: Math.ceil(faults / batches),
    workers,
    timeoutMs: minutes * 60_000,
    ...(quiet ? {} : { report: print }),
  });
  runs.push({ name, end });
}
print(describeCrashRuns(runs, seed));
const complaints = runs.flatMap(({ name, end }) =>
  complaintsOf(end.findings).map((complaint) => `${name}: ${complaint}`),
);
for (const complaint of complaints) print(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
