/*
 * `npm run crash:mutations` plays the mutations themselves. Here each one is applied to the
 * sources, and the unit tests of that place must fail. So it still applies, and still breaks the
 * protocol.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { copyMutated, mutations } from '../../crash/mutations/mutations.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** The unit tests that must notice a mutation, by its name. */
const noticedBy: Readonly<Record<string, string>> = {
  'an intent is created although there is one': 'test/storage/local-storage.test.ts',
  'a shard is consolidated before it is sealed': 'test/activities/close-shard.test.ts',
  'the result is written after returning': 'test/activities/tokenize-row.test.ts',
  'a time-out counts as not processed': 'test/gateway/payment-options/verdict.test.ts',
  'an open intent is followed by another': 'test/activities/tokenize-row.test.ts',
  'the seal is not looked at': 'test/activities/tokenize-row.test.ts',
};

/** Runs a test file in a copy of the sources. Returns how many of its tests passed and failed. */
async function runTests(
  folder: string,
  file: string,
): Promise<{ readonly pass: number; readonly fail: number }> {
  await cp(join(project, dirname(file)), join(folder, dirname(file)), { recursive: true });
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--test', '--test-reporter=tap', join(folder, file)],
    { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const countOf = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1]);
  return { pass: countOf('pass'), fail: countOf('fail') };
}

for (const mutation of mutations) {
  test(`the mutation "${mutation.name}" has its place in the sources, and unit tests notice it`, async () => {
    const file = noticedBy[mutation.name];
    assert.ok(file !== undefined, 'no unit test is named for it');
    const copy = await copyMutated(mutation);
    try {
      const { pass, fail } = await runTests(copy.folder, file);
      assert.ok(fail > 0, `${file} notices nothing`);
      // A copy that cannot be loaded would fail, too.
      assert.ok(pass > 0, `${file} does not run`);
    } finally {
      await copy.remove();
    }
  });
}
