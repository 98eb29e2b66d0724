import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { mutate } from '../../crash/mutations/mutations.ts';
import { faultKinds } from './fault-rates.ts';
import { simulatedMutations } from './mutations.ts';
import { runSeed } from './seed.ts';
import { describeFailure, shrink } from './shrink.ts';

const seeds = 300;
const project = fileURLToPath(new URL('../..', import.meta.url));

test(`in ${seeds} seeds of faults no promise is broken`, async () => {
  const fired = new Set<string>();
  for (let seed = 1; seed <= seeds; seed += 1) {
    const report = await runSeed({ seed });
    for (const { kind } of report.fired) fired.add(kind);
    if (report.violations.length > 0) assert.fail(describeFailure(await shrink({ seed }, report)));
  }
  const missing = faultKinds.filter((kind) => !fired.has(kind));
  assert.deepEqual(missing, [], 'every kind of fault was injected');
});

test('without faults every row of a batch is tokenized and charged once', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { violations, counters, rows } = await runSeed({ seed, kinds: new Set() });
    assert.deepEqual(violations, []);
    assert.deepEqual([counters.get('row: tokenized'), counters.get('answer: paid')], [rows, rows]);
    assert.deepEqual(
      [...counters.keys()].filter((name) => /^(hold|retry|attempt)/.test(name)),
      [],
    );
  }
});

test('a seed played twice takes the same steps', async () => {
  for (const seed of [3, 17, 74, 105]) {
    const [one, other] = [await runSeed({ seed, isTraced: true }), await runSeed({ seed, isTraced: true })];
    // Names of temporary folders are random, and decide nothing.
    const stepsOf = ({ trace }: typeof one): string[] =>
      trace.map((line) => line.replace(/[0-9a-f]{8,}|staging\S*/g, '…'));
    assert.deepEqual(stepsOf(one), stepsOf(other));
  }
});

for (const mutation of simulatedMutations) {
  test(`the mutation "${mutation.name}" has its place in the sources, and is TypeScript`, async () => {
    for (const change of [mutation, ...(mutation.also ?? [])]) {
      const text = await readFile(join(project, change.file), 'utf8');
      const mutated = mutate(text, change);
      assert.notEqual(mutated, text);
      const { diagnostics = [] } = ts.transpileModule(mutated, { reportDiagnostics: true });
      assert.deepEqual(
        diagnostics.map(({ messageText }) => messageText),
        [],
      );
    }
  });
}
