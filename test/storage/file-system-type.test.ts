import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { findNetworkFileSystem } from '../../src/storage/local/file-system-type.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

for (const [type, name] of [
  [0x6969n, 'NFS'],
  [0x517bn, 'SMB'],
  [0xfe534d42n, 'SMB2'],
  // As a platform with signed 32-bit types reports it.
  [0xfffffffffe534d42n, 'SMB2'],
  [0xff534d42n, 'CIFS'],
  [0x65735546n, 'FUSE'],
  [0x01021997n, '9p'],
  [0x00c36400n, 'Ceph'],
  [0x5346414fn, 'AFS'],
  [0x0bd00bd0n, 'Lustre'],
] as const) {
  test(`a file system of type 0x${type.toString(16)} is ${name}`, async () => {
    assert.equal(await findNetworkFileSystem('/storage', () => Promise.resolve(type)), name);
  });
}

test('ext4, XFS, Btrfs, tmpfs and overlay are no network file systems', async () => {
  for (const type of [0xef53n, 0x58465342n, 0x9123683en, 0x01021994n, 0x794c7630n]) {
    assert.equal(await findNetworkFileSystem('/storage', () => Promise.resolve(type)), undefined);
  }
});

test('for a folder that does not exist yet, the nearest existing parent counts', async (t) => {
  const folder = await createTemporaryFolder(t);
  const asked: string[] = [];
  const typeOf = (path: string): Promise<bigint> => {
    asked.push(path);
    return path === folder
      ? Promise.resolve(0x6969n)
      : Promise.reject(Object.assign(new Error(), { code: 'ENOENT' }));
  };
  assert.equal(await findNetworkFileSystem(join(folder, 'a', 'b'), typeOf), 'NFS');
  assert.deepEqual(asked, [join(folder, 'a', 'b'), join(folder, 'a'), folder]);
});

test('the type is read from the operating system', async (t) => {
  assert.equal(await findNetworkFileSystem(join(await createTemporaryFolder(t), 'not-there')), undefined);
});

test('an unreadable type is an error, never a local file system', async () => {
  const denied = () => Promise.reject(Object.assign(new Error('denied'), { code: 'EACCES' }));
  await assert.rejects(findNetworkFileSystem('/storage', denied), { code: 'EACCES' });
});
