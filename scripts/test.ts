/*
 * `npm test`: every test file under test/, found by its name. Pure tests run two files at a time; those that start servers
 * and processes run one by one, since they share two cores, and have the program built: as an operator has it, and it starts in
 * half the time. Arguments choose files by a part of their path. Ends with the
 * line `N passed, N failed`; tests that were skipped are named before it, each with its reason.
 */
import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../test', import.meta.url));
/** Folders whose tests start servers, workers or many processes. */
const heavyFolders = /^(crash|e2e|replay|temporal|simulator|storage|activities|cli)\//;
/** The longest file takes about a minute; a machine under load several times that. */
const fileTimeoutMs = 600_000;

const chosen = process.argv.slice(2);
const files = (await readdir(root, { recursive: true }))
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => chosen.length === 0 || chosen.some((part) => `test/${file}`.includes(part)))
  .sort();

let passed = 0;
let failed = 0;
const failures: string[] = [];
const skips: string[] = [];

async function runFiles(some: readonly string[], concurrency: number): Promise<void> {
  if (some.length === 0) return;
  const tests = run({
    files: some.map((file) => join(root, file)),
    concurrency,
    timeout: fileTimeoutMs,
  });
  tests.on('test:pass', (event) => {
    if (event.details.type === 'suite') return;
    if (event.skip === undefined) passed += 1;
    else skips.push(`${event.file ?? ''}: ${event.name}${reasonOf(event.skip)}`);
  });
  tests.on('test:fail', (event) => {
    if (event.details.type === 'suite') return;
    failed += 1;
    failures.push(`${event.file ?? ''}: ${event.name}`);
  });
  const report = tests.compose(new spec());
  for await (const part of report) process.stdout.write(part);
}

/** Why a test was skipped, if it says so. */
function reasonOf(skip: string | boolean): string {
  return typeof skip === 'string' && skip !== '' ? ` (${skip})` : '';
}

function buildProgram(): void {
  const built = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
  });
  if (built.status !== 0) {
    process.stdout.write('The program cannot be built\n0 passed, 1 failed\n');
    process.exit(1);
  }
  process.env.CARDLIFT_TEST_BUILT = '1';
}

const heavy = files.filter((file) => heavyFolders.test(file));
const light = files.filter((file) => !heavyFolders.test(file));
if (heavy.length > 0) buildProgram();
await runFiles(light, 2);
await runFiles(heavy, 1);

for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
for (const skip of skips) process.stdout.write(`skipped: ${skip}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
