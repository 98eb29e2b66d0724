/*
 * --out: the folder for copies of the result files. It is checked before rows are claimed, charged
 * or settled.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, realpath, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, parse, relative, resolve, sep } from 'node:path';
import type { AppContext } from '../app/app-context.ts';
import { resultFiles } from '../operations/lookups/published-files.ts';
import { CliError } from './cli-error.ts';

/**
 * Refuses an `--out` folder that cannot receive the result files: it is not a folder, cannot be
 * created or written, lies in the storage or in CARDLIFT_HOME, or is the root of a file system.
 * Leaves no files behind. Throws CliError.
 */
export async function requireOutFolder(
  { config }: Pick<AppContext, 'config'>,
  out: string | undefined,
): Promise<void> {
  if (out === undefined) return;
  if (out.trim() === '') throw refusal(out, 'it is empty');
  const folder = resolve(config.workingFolder, out);
  const real = await realPathOf(folder);
  if (real.isBlocked) throw refusal(folder, `${real.existing} is not a folder`);
  if (real.path === parse(real.path).root) throw refusal(folder, 'it is the root of the file system');
  for (const [name, context] of [
    ['the storage', config.storageFolder],
    ['CARDLIFT_HOME', config.home],
  ] as const) {
    if (isInside(real.path, (await realPathOf(context)).path)) {
      throw refusal(folder, `it is inside ${name}, where only Cardlift writes`);
    }
  }
  await tryToWrite(real.path, real.existing);
  for (const name of [...resultFiles, 'results.partial.csv']) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && !found.isFile()) {
      throw refusal(folder, `it contains ${name}, which is not a file`);
    }
  }
}

interface RealPath {
  /** Symbolic links are resolved as far as the path exists. */
  readonly path: string;
  /** The part of the path that exists. */
  readonly existing: string;
  /** The existing part is not a folder, so nothing can be created in it. */
  readonly isBlocked: boolean;
}

async function realPathOf(path: string): Promise<RealPath> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const existing = await realpath(at);
      const isBlocked = !(await stat(existing)).isDirectory();
      return { path: join(existing, relative(at, path)), existing, isBlocked };
    } catch (error) {
      if (dirname(at) === at) throw error;
    }
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/**
 * Creates the folder and a file in it, as the copies will be, and removes both. It creates one
 * folder at a time: Node's `recursive` never returns if the kernel refuses a folder in an existing
 * one (/proc).
 */
async function tryToWrite(folder: string, existing: string): Promise<void> {
  const names = relative(existing, folder)
    .split(sep)
    .filter((name) => name !== '');
  const wanted = names.map((_, index) => join(existing, ...names.slice(0, index + 1)));
  const made: string[] = [];
  try {
    for (const path of wanted) {
      await mkdir(path, { mode: 0o700 });
      made.push(path);
    }
    const file = join(folder, `.cardlift-${randomUUID()}.tmp`);
    try {
      await writeFile(file, 'written to see whether the folder can be written\n', {
        mode: 0o600,
        flag: 'wx',
      });
    } finally {
      await rm(file, { force: true });
    }
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw refusal(folder, `it is not writable (${code})`);
  } finally {
    // Removes only empty folders, so files of another process are safe.
    for (const path of made.reverse()) await rmdir(path).catch(() => undefined);
  }
}

function refusal(folder: string, why: string): CliError {
  return new CliError(
    `Cannot copy the results to --out ${folder === '' ? '""' : folder}: ${why}. Use a writable folder outside the storage, e.g. --out results. Nothing was started or changed`,
  );
}
