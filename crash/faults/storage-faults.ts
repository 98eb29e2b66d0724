/*
 * A storage on its own file system, which can be filled and made read-only. It needs the right to
 * mount. Without it, the run reports that and leaves out the storage faults.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface FaultyStorage {
  /** Fills the file system up to the last byte. */
  fill(): void;
  /** Makes the file system read-only. */
  makeReadOnly(): void;
  /** Undoes `fill` and `makeReadOnly`. */
  fix(): void;
  unmount(): void;
}

/** Enough for the intents, staging and results of a batch. */
const size = '96m';

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}

/** At full speed an intent is open for a few milliseconds only. */
const mostTries = 50;

/** Mounts a small file system for the storage. Resolves to undefined if mounting is not allowed. */
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
      // A mount with files open for writing cannot be made read-only, so a second mount covers the
      // folder. An intent may be opened on it at once; then another mount is tried.
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
