/*
 * `npm run build`: bundles the program and its workflows into a folder of their own in dist, then
 * lets the entries in dist refer to it. So a build appears as a whole, two builds may run at once,
 * and a running command keeps the files that it was started from.
 *
 * Removes everything else in dist; with --keep-others only the builds before the last ten.
 */
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { bundleProgram } from './bundle.ts';
import { digestOf, nameBuild, project } from './fresh-build.js';

const dist = `${project}dist`;
const keepsOthers = process.argv.includes('--keep-others');
const keptBuilds = 10;
/** Longer than any build takes: a draft this old was left by a process that died. */
const abandonedAfterMs = 3_600_000;

const workflowBundle = 'workflow-bundle.js';
/** In a build: the digest of the sources of its workflow bundle. */
const workflowSources = 'workflow-sources';
const workflowInputs = ['src/workflows', 'src/contract', 'src/domain', 'package-lock.json'];

const commandLines = {
  'starter.js': 'process.argv.slice(2)',
  'worker.js': "['worker']",
};

const name = await buildProgram();
for (const [file, commandLine] of Object.entries(commandLines)) {
  await replaceFile(`${dist}/${file}`, entryOf(name, commandLine));
}
await removeOld();

/** Builds the present sources and returns the name of the build. */
async function buildProgram(): Promise<string> {
  for (;;) {
    const started = nameBuild();
    const draft = `${dist}/draft-${randomUUID()}`;
    await mkdir(draft, { recursive: true });
    try {
      await bundleProgram(draft);
      await addWorkflowBundle(draft);
      // Sources that have changed meanwhile may be in it in part.
      if (nameBuild() !== started) continue;
      await moveInto(`${dist}/${started}`, draft);
      return started;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
}

/** Keeps what is there: another process has built the same sources. */
async function moveInto(folder: string, draft: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
  }
}

/** Bundling takes seconds, so a bundle of the same workflows is copied from an earlier build. */
async function addWorkflowBundle(folder: string): Promise<void> {
  const digest = digestOf(workflowInputs);
  await writeFile(`${folder}/${workflowSources}`, digest);
  for (const build of await listBuilds()) {
    const found = await readFile(`${dist}/${build}/${workflowSources}`, 'utf8').catch(() => undefined);
    if (found !== digest) continue;
    const copy = copyFile(`${dist}/${build}/${workflowBundle}`, `${folder}/${workflowBundle}`);
    const isCopied = await copy.then(
      () => true,
      // Another build has removed it.
      () => false,
    );
    if (isCopied) return;
  }
  const { bundleWorkflows } = await import('../src/temporal/workflow-bundle.ts');
  const { createLogger } = await import('../src/logger.ts');
  const { code } = await bundleWorkflows(createLogger('warn'));
  await writeFile(`${folder}/${workflowBundle}`, code);
}

/**
 * From Node 22 on, compiled code is kept beside the program: only who may change the program may
 * change it too.
 */
function entryOf(build: string, commandLine: string): string {
  return `#!/usr/bin/env node
import module from 'node:module';
import { fileURLToPath } from 'node:url';

module.enableCompileCache?.(fileURLToPath(new URL('./${build}/cache', import.meta.url)));
const { main } = module.createRequire(import.meta.url)('./${build}/program.cjs');
await main(${commandLine});
`;
}

async function replaceFile(path: string, content: string): Promise<void> {
  const draft = `${path}-${randomUUID()}`;
  await writeFile(draft, content, { mode: 0o755 });
  await rename(draft, path);
}

/** The names of the builds, the newest first. */
async function listBuilds(): Promise<string[]> {
  const names = (await readdir(dist)).filter((entry) => /^[0-9a-f]{16}$/.test(entry));
  const dated = await Promise.all(
    names.map(async (build) => ({ build, atMs: (await stat(`${dist}/${build}`)).mtimeMs })),
  );
  return dated.sort((a, b) => b.atMs - a.atMs).map(({ build }) => build);
}

async function removeOld(): Promise<void> {
  const kept = keepsOthers ? (await listBuilds()).slice(0, keptBuilds) : [];
  for (const entry of await readdir(dist)) {
    if ([...kept, name, ...Object.keys(commandLines)].includes(entry)) continue;
    const { mtimeMs } = await stat(`${dist}/${entry}`).catch(() => ({ mtimeMs: 0 }));
    const isDraft = entry.includes('-') && Date.now() - mtimeMs < abandonedAfterMs;
    if (keepsOthers && isDraft) continue;
    await rm(`${dist}/${entry}`, { recursive: true, force: true });
  }
}
