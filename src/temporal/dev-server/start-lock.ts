import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyProcess, isProcessAlive, type ProcessIdentity } from './process-identity.ts';

/*
 * The start lock: one process at a time may start, adopt, stop, join or leave the dev server of a
 * home.
 *
 * The lock is a sequence of tickets. Ticket n is the file `temporal-locks/n`, which names its
 * owner; `n.done` is added when the owner is finished. Ticket n+1 may be taken when n is done or
 * its owner is dead. Taking a ticket is link(2) of a complete file: exactly one process succeeds,
 * and no reader sees a partial file. A ticket is never taken away, renamed or reused, so two
 * processes can never both believe that they broke the same stale lock: a dead owner's ticket is
 * simply followed by the next. Old tickets are removed only far behind the newest one
 * (`keptTickets`), so that a slow process that links an old number still collides. If it does not,
 * it sees the higher number afterwards and withdraws.
 */

/** Far more tickets than can begin and end while one process lists the folder. */
const keptTickets = 100;

const pollMs = 100;

/**
 * A start takes 0.5 s, three attempts with a slow disk about 30 s. Longer means that the owner is
 * stopped or hangs.
 */
export const lockTimeoutMs = 60_000;

/** Another process has been starting or stopping the dev server for too long. */
export class DevServerBusyError extends Error {
  override readonly name = 'DevServerBusyError';
}

/**
 * Runs `action` while no other process or caller holds the start lock of this home. Throws {@link
 * DevServerBusyError}.
 */
export async function withStartLock<Result>(
  home: string,
  action: () => Promise<Result>,
  timeoutMs: number = lockTimeoutMs,
): Promise<Result> {
  const folder = path.join(home, 'temporal-locks');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const ticket = await takeLock(folder, Date.now() + timeoutMs);
  try {
    return await action();
  } finally {
    await writeFile(path.join(folder, `${ticket}.done`), '', { mode: 0o600 });
  }
}

/** True if a live process holds the lock. */
export async function isLockTaken(home: string): Promise<boolean> {
  const folder = path.join(home, 'temporal-locks');
  const names = await readdir(folder).catch(() => []);
  return (await findOwner(folder, names)) !== undefined;
}

async function takeLock(folder: string, deadlineMs: number): Promise<number> {
  const owner = await identifyProcess(process.pid);
  const draft = path.join(folder, `.${randomUUID()}`);
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    for (;;) {
      const names = await readdir(folder);
      const holder = await findOwner(folder, names);
      if (holder === undefined) {
        const ticket = newestSlot(names) + 1;
        if (await tryLock(folder, ticket, draft)) return ticket;
      } else if (Date.now() > deadlineMs) {
        throw new DevServerBusyError(
          `Process ${holder.pid} has not finished starting or stopping the Temporal dev server; if it hangs, end it and try again`,
        );
      } else {
        await delay(pollMs);
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
}

async function tryLock(folder: string, ticket: number, draft: string): Promise<boolean> {
  try {
    await link(draft, path.join(folder, String(ticket)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  const names = await readdir(folder);
  if (newestSlot(names) > ticket) {
    await rm(path.join(folder, String(ticket)));
    return false;
  }
  const old = names.filter((name) => Number.parseInt(name, 10) < ticket - keptTickets);
  await Promise.all(old.map((name) => rm(path.join(folder, name), { force: true })));
  return true;
}

function newestSlot(names: readonly string[]): number {
  return Math.max(0, ...names.filter((name) => /^\d+$/.test(name)).map(Number));
}

async function findOwner(folder: string, names: readonly string[]): Promise<ProcessIdentity | undefined> {
  const ticket = newestSlot(names);
  if (ticket === 0 || names.includes(`${ticket}.done`)) return undefined;
  const text = await readFile(path.join(folder, String(ticket)), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const owner = JSON.parse(text) as ProcessIdentity;
  return (await isProcessAlive(owner)) ? owner : undefined;
}
