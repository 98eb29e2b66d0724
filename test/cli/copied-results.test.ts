import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyResults } from '../../src/cli/batch-end.ts';
import { resultKey } from '../../src/storage/layout.ts';
import { createTestContext } from '../support/app-context.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

test('a copy of the results replaces the previous one completely, and is readable by its owner only', async (t) => {
  const folder = await createTemporaryFolder(t);
  const context = createTestContext(folder, 'http://127.0.0.1:9');
  const storage = await context.storage();
  const names = ['charges.csv', 'manifest.json', 'results.csv', 'unresolved.csv'] as const;
  for (const name of names) await storage.files.replace(resultKey('cardlift/m/b', name), `new ${name}`);
  const out = join(folder, 'out');
  await mkdir(out);
  await writeFile(join(out, 'results.csv'), 'former, and longer than the new one', { mode: 0o644 });

  assert.equal(await copyResults(context, 'cardlift/m/b', out), join(out, 'results.csv'));
  assert.deepEqual((await readdir(out)).sort(), names);
  for (const name of names) {
    assert.equal(await readFile(join(out, name), 'utf8'), `new ${name}`);
    assert.equal((await stat(join(out, name))).mode & 0o777, 0o600);
  }
});
