import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CliError } from '../../src/cli/cli-error.ts';
import { describeFailure } from '../../src/cli/failure.ts';
import { requireOutFolder } from '../../src/cli/out-folder.ts';
import { createTestContext } from '../support/app-context.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

/*
 * Tests may run as root, who ignores file modes. A folder that also refuses root stands in for one
 * that cannot be written.
 */
const refused: readonly (readonly [circumstance: string, out: (folder: string) => string, why: RegExp])[] = [
  ['is a file', (folder) => join(folder, 'file'), /file is not a folder/],
  ['lies below a file', (folder) => join(folder, 'file', 'a', 'b'), /file is not a folder/],
  ['is a device', () => '/dev/null', /\/dev\/null is not a folder/],
  ['lies where the kernel lets nothing be made', () => '/proc/self/results', /is not writable/],
  ['is a folder that takes no file', () => '/proc/self', /is not writable/],
  ["is the file system's root", () => '/', /root/],
  ["leads to the file system's root", () => '/usr/..', /root/],
  ['is the storage', (folder) => join(folder, 'storage'), /is inside the storage/],
  ['lies in the storage', (folder) => join(folder, 'storage', 'batches', 'out'), /is inside the storage/],
  ['is a link into the storage', (folder) => join(folder, 'link', 'out'), /is inside the storage/],
  ['lies in CARDLIFT_HOME', (folder) => join(folder, 'home', 'out'), /is inside CARDLIFT_HOME/],
  ['is a link to nothing', (folder) => join(folder, 'dangling'), /is not writable/],
  ['has a folder in the place of a result file', (folder) => join(folder, 'taken'), /results\.csv/],
  ['is empty', () => '', /is empty/],
];

async function createScene(t: Parameters<typeof createTemporaryFolder>[0]) {
  const folder = await createTemporaryFolder(t);
  const context = createTestContext(folder, 'http://127.0.0.1:1');
  await mkdir(join(folder, 'storage'), { recursive: true });
  await mkdir(join(folder, 'home'));
  await mkdir(join(folder, 'taken', 'results.csv'), { recursive: true });
  await writeFile(join(folder, 'file'), '');
  await symlink(join(folder, 'storage'), join(folder, 'link'));
  await symlink(join(folder, 'nothing'), join(folder, 'dangling'));
  return { folder, context };
}

for (const [circumstance, out, why] of refused) {
  test(`an --out that ${circumstance} is refused with exit code 2, the cause and the remedy`, async (t) => {
    const { folder, context } = await createScene(t);
    await assert.rejects(requireOutFolder(context, out(folder)), (error) => {
      assert.ok(error instanceof CliError);
      assert.equal(describeFailure(error).exitCode, 2);
      assert.match(error.message, why);
      assert.match(error.message, /Use a writable folder/);
      return true;
    });
  });
}

test('a writable --out is accepted, and the check leaves nothing behind', async (t) => {
  const { folder, context } = await createScene(t);
  await mkdir(join(folder, 'present'));
  await writeFile(join(folder, 'present', 'results.csv'), 'former');
  const before = await readdir(folder);
  for (const out of ['present', join('new', 'deep', 'results'), 'present/new']) {
    await requireOutFolder(context, join(folder, out));
  }
  await requireOutFolder(context, undefined);
  assert.deepEqual(await readdir(folder), before);
  assert.deepEqual(await readdir(join(folder, 'present')), ['results.csv']);
});

test('a folder beside the storage with a similar name is not part of it', async (t) => {
  const { folder, context } = await createScene(t);
  await requireOutFolder(context, join(folder, 'storage-results'));
  assert.ok(!existsSync(join(folder, 'storage-results')));
});
