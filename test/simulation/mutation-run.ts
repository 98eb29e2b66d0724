/* Runs the simulation on copies of the sources, each with one mutation. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { copyMutated, mutate } from '../../crash/mutations/mutations.ts';
import { type SimulatedMutation, simulatedMutations } from './mutations.ts';

export type Found =
  | { readonly kind: 'found'; readonly seed: number; readonly violation: string }
  | { readonly kind: 'missed' }
  /** The mutant did not run as far as its promises, so it shows nothing. */
  | { readonly kind: 'error'; readonly text: string };

/** A mutant that is no program any more fails with this, or its activities are retried for it. */
const isBrokenProgram = /\b(Reference|Type|Syntax)Error\b/;

/** What the run of a mutant shows. `exitCode`: of `npm run simulate -- --first`. */
export function readRun(exitCode: number | null, output: string): Found {
  const [, seed, violation = ''] = /^seed (\d+): (.*)$/m.exec(output) ?? [];
  const isEnded = /^\d+ seeds, \d+ with a violation/m.test(output);
  if (exitCode === 0 && isEnded && seed === undefined) return { kind: 'missed' };
  if (exitCode !== 1 || !isEnded || seed === undefined) {
    return { kind: 'error', text: `the simulation ended with ${exitCode}, without a result` };
  }
  if (isBrokenProgram.test(output)) return { kind: 'error', text: `seed ${seed} ${violation}` };
  return { kind: 'found', seed: Number(seed), violation };
}

/** Runs seeds from 1 until one finds the mutation. */
export async function findMutation(mutation: SimulatedMutation, seeds: number): Promise<Found> {
  const copy = await copyMutated(mutation, ['test/simulation']);
  try {
    for (const more of mutation.also ?? []) {
      const path = join(copy.folder, more.file);
      await writeFile(path, mutate(await readFile(path, 'utf8'), more));
    }
    const script = join(copy.folder, 'test/simulation/run.ts');
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn(process.execPath, ['--import', 'tsx', script, '--first', '--seeds', String(seeds)], {
      cwd: copy.folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return readRun(exitCode, output);
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
    const found = await findMutation(mutation, mutation.withinSeeds);
    if (found.kind !== 'found') isAllFound = false;
    lines.push(`| ${mutation.name} | ${cellsOf(found, mutation.withinSeeds)} |`);
    report(lines.at(-1) ?? '');
  }
  return { table: `${lines.join('\n')}\n`, isAllFound };
}

function cellsOf(found: Found, limit: number): string {
  switch (found.kind) {
    case 'found':
      return `${found.seed} | ${limit} | ${found.violation.slice(0, 120)}`;
    case 'missed':
      return `NOT FOUND | ${limit} |`;
    case 'error':
      return `ERROR | ${limit} | ${found.text.slice(0, 200)}`;
  }
}
