/* Runs the simulation on copies of the sources, each with one mutation. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { copyMutated } from '../../crash/mutations/mutations.ts';
import { type SimulatedMutation, simulatedMutations } from './mutations.ts';

interface Found {
  readonly mutation: SimulatedMutation;
  /** The first seed that found it; undefined: none within the limit. */
  readonly seed: number | undefined;
  readonly violation: string;
}

/** Runs seeds until one finds the mutation. */
export async function findMutation(mutation: SimulatedMutation): Promise<Found> {
  const copy = await copyMutated(mutation, ['test/simulation']);
  try {
    const script = join(copy.folder, 'test/simulation/run.ts');
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', script, '--first', '--seeds', String(mutation.withinSeeds)],
      { cwd: copy.folder, env, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
    const [, seed, violation = ''] = /^seed (\d+): (.*)$/m.exec(output) ?? [];
    return { mutation, seed: seed === undefined ? undefined : Number(seed), violation };
  } finally {
    await copy.remove();
  }
}

export async function mutationTable(report: (line: string) => void): Promise<{
  readonly table: string;
  readonly isAllFound: boolean;
}> {
  const lines = ['| mutation | found by seed | stated limit | violation |', '|---|---|---|---|'];
  let isAllFound = true;
  for (const mutation of simulatedMutations) {
    const { seed, violation } = await findMutation(mutation);
    if (seed === undefined) isAllFound = false;
    lines.push(
      `| ${mutation.name} | ${seed ?? 'NOT FOUND'} | ${mutation.withinSeeds} | ${violation.slice(0, 120)} |`,
    );
    report(lines.at(-1) ?? '');
  }
  return { table: `${lines.join('\n')}\n`, isAllFound };
}
