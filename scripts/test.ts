/*
 * `npm test`: every test file under test/, found by its name. Light tests run two files at a time.
 * Tests that start servers and processes run one by one, since they share two cores, on the built
 * program: it is what an operator has, and it starts several times faster. Arguments choose files
 * by a part of their path; `--light` leaves the others out; `--every-node` adds the light tests and
 * the demo on the other versions of Node. Ends with the line `N passed, N failed`; before it, each
 * test that failed or was skipped has a line, with the reason.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './fresh-build.js';
import { testOnOtherNodes } from './other-nodes.ts';

const root = fileURLToPath(new URL('../test', import.meta.url));
/** Folders whose tests start servers, workers or many processes. */
const heavyFolders = /^(crash|e2e|replay|temporal|simulator|storage|activities|cli|workflows|scripts)\//;
/** The longest file takes about a minute, and several times that on a machine under load. */
const fileTimeoutMs = 600_000;

const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
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

/** The reason why a test was skipped, if it gives one. */
function reasonOf(skip: string | boolean): string {
  return typeof skip === 'string' && skip !== '' ? ` (${skip})` : '';
}

function buildProgram(): void {
  if (!buildIfStale()) {
    process.stdout.write('0 passed, 1 failed\n');
    process.exit(1);
  }
  process.env.CARDLIFT_TEST_BUILT = '1';
}

const heavy = flags.includes('--light') ? [] : files.filter((file) => heavyFolders.test(file));
const light = files.filter((file) => !heavyFolders.test(file));
if (heavy.length > 0) buildProgram();
await runFiles(light, 2);
await runFiles(heavy, 1);
if (flags.includes('--every-node')) {
  const others = await testOnOtherNodes();
  passed += others.passed;
  failed += others.failed;
  failures.push(...others.failures);
  skips.push(...others.skips);
}

for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
for (const skip of skips) process.stdout.write(`skipped: ${skip}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
