import assert from 'node:assert/strict';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPlace, registerPlace, replacePlace } from '../../src/storage/local/storage-place.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

test('a storage has no place until it is registered, and keeps it when its folder is renamed', async (t) => {
  const root = await createTemporaryFolder(t);
  assert.equal(await readPlace(root), 'unregistered');
  await registerPlace(root);
  await registerPlace(root);
  assert.equal(await readPlace(root), 'registered');
  await rename(root, `${root}-renamed`);
  t.after(() => rm(`${root}-renamed`, { recursive: true, force: true }));
  assert.equal(await readPlace(`${root}-renamed`), 'registered');
});

test('a copy of a storage, and a backup that is copied back, are elsewhere until a person confirms it', async (t) => {
  const root = await createTemporaryFolder(t);
  const copy = join(await createTemporaryFolder(t), 'copy');
  await registerPlace(root);
  await cp(root, copy, { recursive: true });
  assert.deepEqual([await readPlace(root), await readPlace(copy)], ['registered', 'moved']);
  await replacePlace(copy);
  assert.deepEqual([await readPlace(root), await readPlace(copy)], ['registered', 'registered']);
  await rm(root, { recursive: true });
  await cp(copy, root, { recursive: true });
  assert.equal(await readPlace(root), 'moved');
});

test('a storage of another machine, or with a damaged place, is not taken for the registered one', async (t) => {
  const root = await createTemporaryFolder(t);
  await registerPlace(root);
  const path = join(root, 'place.json');
  const place = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  const machine = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  await writeFile(path, JSON.stringify({ ...place, machine: 'another one' }));
  // A machine without an id, such as a container, does not know it.
  assert.equal(await readPlace(root), machine.trim() === '' ? 'registered' : 'moved');
  await writeFile(path, '{"version":1');
  assert.equal(await readPlace(root), 'moved');
});

test('of several processes that register a new storage at once, each finds it registered', async (t) => {
  const root = await createTemporaryFolder(t);
  const register = async () => {
    if ((await readPlace(root)) === 'unregistered') await registerPlace(root);
    return await readPlace(root);
  };
  const states = await Promise.all(Array.from({ length: 20 }, register));
  assert.deepEqual(new Set(states), new Set(['registered']));
});
