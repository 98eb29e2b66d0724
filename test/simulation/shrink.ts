/* Makes a failing seed smaller: fewer rows, fewer processes, fewer faults, the same violation. */
import { runSeed, type SeedOptions, type SeedReport } from './seed.ts';

/** Enough for six rows, three processes and twelve faults, twice. */
const mostTries = 60;

/** What broke, without the numbers that differ from one run to the next. */
export function kindOf({ violations: [first = ''] }: SeedReport): string {
  return first.split('\n')[0]?.replace(/\d+/g, '').slice(0, 30) ?? '';
}

export interface ShrunkSeed {
  readonly options: SeedOptions;
  readonly report: SeedReport;
}

export async function shrink(options: SeedOptions, found: SeedReport): Promise<ShrunkSeed> {
  let best: ShrunkSeed = { options, report: found };
  let tries = 0;
  const attempt = async (changes: Partial<SeedOptions>): Promise<boolean> => {
    if (tries >= mostTries) return false;
    tries += 1;
    const smaller = { ...best.options, ...changes };
    const report = await runSeed(smaller);
    if (report.violations.length === 0 || kindOf(report) !== kindOf(found)) return false;
    best = { options: smaller, report };
    return true;
  };
  for (let rows = 1; rows < found.rows && !(await attempt({ rows })); rows += 1);
  for (let workers = 1; workers < found.workers && !(await attempt({ workers })); workers += 1);
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const { number } of [...best.report.fired].reverse()) {
      if (best.options.without?.has(number) === true) continue;
      const without = new Set([...(best.options.without ?? []), number]);
      if (await attempt({ without })) isSmaller = true;
    }
  }
  return best;
}

/** The command that plays exactly this again. */
export function replayCommandOf({ seed, rows, workers, without }: SeedOptions): string {
  return [
    `npm run simulate -- --seed ${seed}`,
    ...(rows === undefined ? [] : [`--rows ${rows}`]),
    ...(workers === undefined ? [] : [`--workers ${workers}`]),
    ...(without === undefined || without.size === 0 ? [] : [`--without ${[...without].join(',')}`]),
  ].join(' ');
}

/** A failing seed for the person who looks into it: what broke, how to replay it, what happened. */
export function describeFailure({ options, report }: ShrunkSeed): string {
  const faults = report.fired.map(({ number, kind }) => `${number} ${kind}`).join(', ');
  return [
    `seed ${report.seed}: ${report.violations.join('; ')}`,
    `  ${report.rows} rows, ${report.workers} processes, ${report.steps} steps; faults: ${faults || 'none'}`,
    `  replay: ${replayCommandOf(options)}`,
    '',
  ].join('\n');
}
