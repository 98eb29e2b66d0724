import { randomUUID } from 'node:crypto';
import { access, rename, rm, writeFile } from 'node:fs/promises';
import type { DevServerLog } from './dev-server-log.ts';

/*
 * The server makes its tables only when the database file does not exist. One that dies while it makes them leaves a file with
 * which no server starts again ("no such table"). So a marker stands beside a new database until a server on it has answered; a
 * database whose marker is still there held no workflow that anybody could have started through us, and is set aside.
 */

function markerOf(databaseFile: string): string {
  return `${databaseFile}.unfinished`;
}

/** Call it before a server is started, when none lives: sets a half-made database aside, and marks one that is to be made. */
export async function setIncompleteDatabaseAside(databaseFile: string, log: DevServerLog): Promise<void> {
  if (await exists(databaseFile)) {
    if (!(await exists(markerOf(databaseFile)))) return;
    const aside = `${databaseFile}.aside-${randomUUID()}`;
    for (const suffix of ['-wal', '-shm', '']) {
      if (await exists(databaseFile + suffix)) await rename(databaseFile + suffix, aside + suffix);
    }
    log.warn({ aside }, 'A database that was never finished was set aside');
  }
  await writeFile(markerOf(databaseFile), '', { mode: 0o600 });
}

/** Call it when a server on the database has answered. */
export async function markDatabaseComplete(databaseFile: string): Promise<void> {
  await rm(markerOf(databaseFile), { force: true });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
