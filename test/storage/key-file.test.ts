import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { KeyFileError, readOrCreateKeyFile } from '../../src/storage/key-file.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

test('a key file is created on first use, for its owner only, and read afterwards', async (t) => {
  const path = join(await createTemporaryFolder(t), 'new', 'key.json');
  const umask = process.umask(0);
  const made = await readOrCreateKeyFile(path).finally(() => process.umask(umask));
  assert.equal(made.isNew, true);
  assert.equal(made.key.byteLength, 32);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(path, '..'))).mode & 0o777, 0o700);
  assert.deepEqual(await readOrCreateKeyFile(path), { ...made, isNew: false });
  assert.deepEqual(await readdir(join(path, '..')), ['key.json']);
});

test('of several creations of the key file one succeeds, and all return its key', async (t) => {
  const path = join(await createTemporaryFolder(t), 'key.json');
  const keys = await Promise.all(Array.from({ length: 12 }, () => readOrCreateKeyFile(path)));
  assert.equal(keys.filter(({ isNew }) => isNew).length, 1);
  assert.equal(new Set(keys.map(({ id, key }) => `${id} ${key.toString('hex')}`)).size, 1);
  assert.deepEqual(await readdir(join(path, '..')), ['key.json']);
});

test('a key file readable by others is refused with the remedy', {
  skip: process.platform === 'win32',
}, async (t) => {
  const path = join(await createTemporaryFolder(t), 'key.json');
  await readOrCreateKeyFile(path);
  for (const mode of [0o640, 0o604, 0o660]) {
    await chmod(path, mode);
    await assert.rejects(readOrCreateKeyFile(path), { name: KeyFileError.name, message: /chmod 600/ });
  }
});

test('a damaged key file is refused without quoting it, and stays unchanged', async (t) => {
  const path = join(await createTemporaryFolder(t), 'key.json');
  const { id, key } = await readOrCreateKeyFile(path);
  const whole = key.toString('base64');
  for (const content of [
    '',
    '{',
    whole,
    JSON.stringify({ id }),
    JSON.stringify({ id: 'x', key: whole }),
    JSON.stringify({ id, key: key.subarray(0, 31).toString('base64') }),
    JSON.stringify({ id, key: `${whole}?` }),
  ]) {
    await writeFile(path, content);
    await assert.rejects(readOrCreateKeyFile(path), (error) => {
      assert.ok(error instanceof KeyFileError);
      assert.ok(!error.message.includes(whole.slice(0, 10)) && !error.message.includes(id));
      assert.match(error.message, /CARDLIFT_KEY_FILE/);
      return true;
    });
    assert.equal(await readFile(path, 'utf8'), content);
  }
});

test('an unreadable key file is refused, not replaced by a new key', async (t) => {
  const folder = await createTemporaryFolder(t);
  // A folder in its place makes reading fail for every user.
  await assert.rejects(readOrCreateKeyFile(folder), { name: KeyFileError.name, message: /EISDIR/ });
});
