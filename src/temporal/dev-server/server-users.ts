import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { identifyProcess, isProcessAlive, type ProcessIdentity } from './process-identity.ts';

function usersFolderOf(home: string): string {
  return path.join(home, 'temporal-users');
}

/**
 * Records that this process uses the server. Returns the file to remove when it no longer does.
 * Call under the start lock.
 */
export async function addServerUser(home: string): Promise<string> {
  const folder = usersFolderOf(home);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, `${process.pid}-${randomBytes(6).toString('hex')}`);
  await writeFile(file, JSON.stringify(await identifyProcess(process.pid)), { mode: 0o600, flag: 'wx' });
  return file;
}

/** The number of live users. Removes the files of dead ones. Call under the start lock. */
export async function countServerUsers(home: string): Promise<number> {
  const folder = usersFolderOf(home);
  let live = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const file = path.join(folder, name);
    if (await isUserAlive(file)) live += 1;
    else await rm(file, { force: true });
  }
  return live;
}

/** An unreadable file was cut short by its owner's death. */
async function isUserAlive(file: string): Promise<boolean> {
  try {
    return await isProcessAlive(JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity);
  } catch {
    return false;
  }
}
