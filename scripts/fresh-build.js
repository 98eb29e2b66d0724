/*
 * The built program in a checkout: whether it was built from the present sources, and a new build
 * if it was not. Plain JavaScript, since loading the TypeScript loader takes longer than a short
 * command.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const project = fileURLToPath(new URL('..', import.meta.url));

/** What a build is made from: files, and folders with everything in them. */
const inputs = [
  'src',
  'package.json',
  'package-lock.json',
  'scripts/build.ts',
  'scripts/bundle.ts',
  'scripts/fresh-build.js',
];

/**
 * The digest of files, and of folders with everything in them.
 * @param {readonly string[]} paths under the project's folder
 */
export function digestOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesUnder).sort()) {
    const content = readFileSync(`${project}${path}`);
    hash.update(`${path}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The name of the build of the present sources. */
export function nameBuild() {
  return digestOf(inputs);
}

/**
 * Builds the program unless it was built from the present sources. False if it cannot be built; the
 * reason is on standard error.
 */
export function buildIfStale() {
  if (readFile('dist/starter.js').includes(`/${nameBuild()}/`)) return true;
  process.stderr.write('Building the program, because its sources are new or have changed.\n');
  const build = ['--import', 'tsx', 'scripts/build.ts', '--keep-others'];
  const { status } = spawnSync(process.execPath, build, { cwd: project, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.stderr.write('The program cannot be built, see above\n');
  return status === 0;
}

/** @param {string} path */
function readFile(path) {
  try {
    return readFileSync(`${project}${path}`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(path) {
  if (/\.[a-z]+$/.test(path)) return [path];
  return readdirSync(`${project}${path}`, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${path}/${entry.name}`) : [`${path}/${entry.name}`],
  );
}
