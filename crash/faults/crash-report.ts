/* The tables of a crash run. */
import type { CrashRunEnd } from './crash-run.ts';

export interface NamedRun {
  readonly name: string;
  readonly end: CrashRunEnd;
}

function addUp(parts: readonly Readonly<Record<string, number | undefined>>[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const part of parts) {
    for (const [name, count = 0] of Object.entries(part)) sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return [...sums].sort();
}

const table = (head: readonly string[], lines: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** The faults that were injected, and the findings, over all batches. */
export function describeCrashRuns(runs: readonly NamedRun[], seed: number): string {
  const ends = runs.map(({ end }) => end);
  const sum = (count: (end: CrashRunEnd) => number): number =>
    ends.reduce((total, end) => total + count(end), 0);
  const injected = addUp(ends.map((end) => end.injected));
  const leftOut = [...new Set(ends.flatMap((end) => end.leftOut))];
  const found: [string, number][] = [
    ['rows', sum((end) => end.findings.results.length)],
    ['requests', sum((end) => end.requests)],
    ['rows charged twice', sum((end) => end.findings.chargedTwice.length)],
    ['tokens lost', sum((end) => end.findings.tokensLost.length)],
    ['rows unaccounted for', sum((end) => end.findings.unaccounted.length)],
    ['rows of which the results say what is not true', sum((end) => end.findings.untrue.length)],
    ['rows unknown', sum((end) => end.findings.unknown.length)],
    ['rows unknown without a reason', sum((end) => end.findings.unexplained.length)],
  ];
  return [
    '',
    `Seed ${seed}, ${sum(() => 1)} batches, ${Math.round(sum((end) => end.seconds))} s`,
    '',
    table(
      ['fault', 'times'],
      [
        ...injected,
        ['**together**', sum((end) => addUp([end.injected]).reduce((all, [, times]) => all + times, 0))],
      ],
    ),
    ...(leftOut.length === 0
      ? []
      : ['', `LEFT OUT, since this machine does not let us mount a file system: ${leftOut.join(', ')}`]),
    '',
    `Cards with a fault of their own: ${sum((end) => end.cardFaults)}`,
    '',
    table(['found', 'number'], found),
    '',
    table(['why a row is unknown', 'rows'], addUp(ends.map((end) => end.findings.explanations))),
    '',
    table(['outcome', 'rows'], addUp(ends.map((end) => end.findings.outcomes))),
    '',
    table(['hold', 'times resumed'], addUp(ends.map((end) => end.holds))),
    '',
  ].join('\n');
}
