/*
 * Simulates a power cut: records which files and folders of this process were synced, with their
 * content, and rebuilds what a disk would certainly hold afterwards. A file has the content of its
 * last sync, and is lost without one. A name exists if its folder was synced with it. Only a new
 * intent gets its name by the sync of the file itself (local-intents.ts explains it). It replaces
 * Node's own calls, so load it before the modules that it watches: `openWatchedStorage` imports the
 * storage.
 */
import fs, { type BigIntStats, type PathLike } from 'node:fs';
import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { mock } from 'node:test';
import type { Storage } from '../../src/storage/storage.ts';
import { testKey } from '../support/storage-key.ts';

const intentFile = /\/intents\/\d+\.\d+$/;

interface Entry {
  readonly id: string;
  readonly isFolder: boolean;
}

/** The synced content by file. A new file may reuse a removed one's number, but not its birth. */
const contents = new Map<string, Buffer>();
const namesOf = new Map<string, Map<string, Entry>>();
const openFiles = new Map<number, string>();

const { openSync, closeSync, fdatasync, readFileSync, readdirSync, statSync } = fs;
const { open } = promises;

const idOf = ({ dev, ino, birthtimeNs }: BigIntStats): string => `${dev} ${ino} ${birthtimeNs}`;

function entryAt(path: string): Entry {
  const found = statSync(path, { bigint: true });
  return { id: idOf(found), isFolder: found.isDirectory() };
}

function intentSync(path: string): void {
  const entry = entryAt(path);
  if (entry.isFolder) {
    namesOf.set(entry.id, new Map(readdirSync(path).map((name) => [name, entryAt(join(path, name))])));
    return;
  }
  contents.set(entry.id, readFileSync(path));
  if (!intentFile.test(path)) return;
  const folder = entryAt(dirname(path)).id;
  namesOf.set(folder, new Map([...(namesOf.get(folder) ?? []), [basename(path), entry]]));
}

function intentSyncOf(file: number): void {
  const path = openFiles.get(file);
  if (path === undefined) throw new Error('A file was synced that was not seen to be opened');
  intentSync(path);
}

function watchHandle(handle: FileHandle, path: string): FileHandle {
  const { fd } = handle;
  const [sync, close] = [handle.sync.bind(handle), handle.close.bind(handle)];
  openFiles.set(fd, path);
  return Object.assign(handle, {
    async sync() {
      intentSyncOf(fd);
      await sync();
    },
    async close() {
      openFiles.delete(fd);
      await close();
    },
  });
}

mock.method(fs, 'openSync', (path: PathLike, flags: string, mode?: number) => {
  const file = openSync(path, flags, mode);
  openFiles.set(file, String(path));
  return file;
});
mock.method(fs, 'closeSync', (file: number) => {
  openFiles.delete(file);
  closeSync(file);
});
mock.method(fs, 'fdatasync', (file: number, callback: (error: Error | null) => void) => {
  intentSyncOf(file);
  fdatasync(file, callback);
});
mock.method(promises, 'open', async (path: PathLike, flags?: string, mode?: number) =>
  watchHandle(await open(path, flags, mode), String(path)),
);
syncBuiltinESMExports();

/** Opens a local storage whose syncs are recorded. */
export async function openWatchedStorage(root: string): Promise<Storage> {
  const { openLocalStorage } = await import('../../src/storage/local/local-storage.ts');
  return await openLocalStorage(root, testKey);
}

/** The files under a folder that are open now. */
export function openPaths(root: string): string[] {
  return [...openFiles.values()].filter((path) => path.startsWith(root));
}

/** Opens what a power cut at this moment would leave of a storage, in another folder. */
export async function openAfterPowerCut(root: string, copy: string): Promise<Storage> {
  await copyDurable(entryAt(root).id, copy);
  return await openWatchedStorage(copy);
}

async function copyDurable(folder: string, copy: string): Promise<void> {
  await promises.mkdir(copy, { recursive: true });
  for (const [name, { id, isFolder }] of namesOf.get(folder) ?? []) {
    const path = join(copy, name);
    const content = contents.get(id);
    if (isFolder) await copyDurable(id, path);
    else if (content !== undefined) await promises.writeFile(path, content);
  }
}
