import { runSeed } from './seed.ts';

const from = Number(process.argv[2] ?? 1);
const count = Number(process.argv[3] ?? 100);
const startedAt = performance.now();
let steps = 0;
const counters = new Map<string, number>();
let bad = 0;
for (let seed = from; seed < from + count; seed += 1) {
  const report = await runSeed({ seed, isTraced: count === 1 });
  steps += report.steps;
  for (const [name, value] of report.counters) counters.set(name, (counters.get(name) ?? 0) + value);
  if (count === 1) process.stdout.write(`${report.trace.join('\n')}\n`);
  if (report.violations.length > 0) {
    bad += 1;
    if (bad < 15)
      process.stdout.write(
        `seed ${seed} rows ${report.rows} workers ${report.workers}: ${report.violations.join('; ')} [${report.fired.map((f) => f.kind).join(' ')}]\n`,
      );
  }
}
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(
  `${count} seeds, ${bad} bad, ${(count / seconds).toFixed(1)}/s, ${(steps / count).toFixed(0)} steps a seed\n`,
);
for (const [name, value] of [...counters].sort()) process.stdout.write(`${name}: ${value}\n`);
