import { randomUUID } from 'node:crypto';
import { access, rename, rm, writeFile } from 'node:fs/promises';
import type { DevServerLog } from './dev-server-log.ts';

/*
 * The server creates its tables only if the database file does not exist. If it dies meanwhile, it
 * leaves a file with which no server can start ("no such table"). A marker file therefore exists
 * beside a new database until a server on it has answered. A database that still has its marker
 * never held a workflow started by us, and is set aside.
 */

function markerOf(databaseFile: string): string {
  return `${databaseFile}.unfinished`;
}

/**
 * Call before starting a server, while none is running. Sets an incomplete database aside and marks
 * the new one.
 */
export async function setIncompleteDatabaseAside(databaseFile: string, log: DevServerLog): Promise<void> {
  if (await exists(databaseFile)) {
    if (!(await exists(markerOf(databaseFile)))) return;
    const aside = `${databaseFile}.aside-${randomUUID()}`;
    for (const suffix of ['-wal', '-shm', '']) {
      if (await exists(databaseFile + suffix)) await rename(databaseFile + suffix, aside + suffix);
    }
    log.warn({ aside }, 'Set an incomplete database aside');
  }
  await writeFile(markerOf(databaseFile), '', { mode: 0o600 });
}

/** Call when a server on the database has answered. */
export async function markDatabaseComplete(databaseFile: string): Promise<void> {
  await rm(markerOf(databaseFile), { force: true });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
