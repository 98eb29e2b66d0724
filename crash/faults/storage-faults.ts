/*
 * A storage on a file system of its own that can be filled up and made read-only. Needs the right to mount; where there is
 * none, says so, and the faults of the storage are left out.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface FaultyStorage {
  /** Fills the file system up to the last byte. */
  fill(): void;
  /** From now on nothing can be made or opened for writing. */
  makeReadOnly(): void;
  /** Undoes both. */
  fix(): void;
  unmount(): void;
}

/** Enough for the intents, staging and results of a batch. */
const size = '96m';

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}

/** At full speed intents are open for a few milliseconds at a time. */
const mostTries = 50;

/** Mounts a small file system where the storage will be, or gives undefined where that is not allowed. */
export async function mountFaultyStorage(folder: string): Promise<FaultyStorage | undefined> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const mode = `size=${size},mode=0700`;
  if (process.platform !== 'linux' || !run('mount', '-t', 'tmpfs', '-o', mode, 'tmpfs', folder)) {
    return undefined;
  }
  const ballast = join(folder, 'ballast');
  const batches = join(folder, 'batches');
  let isReadOnly = false;
  const fix = (): void => {
    rmSync(ballast, { force: true });
    if (isReadOnly) isReadOnly = !run('umount', '-l', batches);
  };
  return {
    fill() {
      const file = openSync(ballast, 'a');
      const part = Buffer.alloc(4_096);
      try {
        for (;;) writeSync(file, part);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    makeReadOnly() {
      // A mount of its own over the folder: one that has files open for writing could not be made read-only. An intent may be
      // opened on the new one at once; then another is made.
      for (let tries = 1; !isReadOnly; tries += 1) {
        if (!run('mount', '--bind', batches, batches)) throw new Error('Cannot mount the storage again');
        isReadOnly = run('mount', '-o', 'remount,ro,bind', batches);
        if (isReadOnly) return;
        run('umount', '-l', batches);
        if (tries === mostTries) throw new Error('Cannot make the storage read-only');
      }
    },
    fix,
    unmount() {
      fix();
      run('umount', '-l', folder);
    },
  };
}
