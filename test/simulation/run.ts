/*
 * `npm run simulate`: runs seeds and prints what was injected and how often each branch was taken.
 *
 *   --seeds N    how many (1,000)        --from N      the first one (1)
 *   --seed N     only this one, with its trace; --rows, --workers and --without make it smaller
 *   --first      stops at the first violation, without shrinking it
 *   --mutations  breaks the sources in one place at a time; each must be found
 *
 * Exit code 1 if a promise was broken, or a mutation was not found.
 */
import { parseArgs } from 'node:util';
import { mutationTable } from './mutation-run.ts';
import { runSeed, type SeedOptions } from './seed.ts';
import { SeedTotals } from './seed-totals.ts';
import { describeFailure, shrink } from './shrink.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({
  options: {
    ...{ seed: text, seeds: text, from: text, rows: text, workers: text, without: text },
    ...{ first: flag, mutations: flag },
  },
});

/** More are not worth printing: one is fixed at a time. */
const mostShown = 10;

if (values.mutations) {
  const { table, isAllFound } = await mutationTable((line) => process.stderr.write(`${line}\n`));
  process.stdout.write(table);
  process.exitCode = isAllFound ? 0 : 1;
} else if (values.seed !== undefined) {
  const report = await runSeed({ ...optionsOf(Number(values.seed)), isTraced: true });
  process.stdout.write(`${report.trace.join('\n')}\n${report.violations.join('\n')}\n`);
  process.exitCode = report.violations.length > 0 ? 1 : 0;
} else {
  const totals = new SeedTotals();
  const from = Number(values.from ?? 1);
  const end = from + Number(values.seeds ?? 1_000);
  for (let seed = from; seed < end; seed += 1) {
    const report = await runSeed({ seed });
    totals.add(report);
    if (report.violations.length === 0) continue;
    if (totals.failed <= mostShown) {
      const failure = values.first ? { options: { seed }, report } : await shrink({ seed }, report);
      process.stdout.write(describeFailure(failure));
    }
    if (values.first) break;
  }
  process.stdout.write(totals.table());
  process.exitCode = totals.failed > 0 ? 1 : 0;
}

function optionsOf(seed: number): SeedOptions {
  return {
    seed,
    ...(values.rows === undefined ? {} : { rows: Number(values.rows) }),
    ...(values.workers === undefined ? {} : { workers: Number(values.workers) }),
    ...(values.without === undefined ? {} : { without: new Set(values.without.split(',').map(Number)) }),
  };
}
