/* The built program of a checkout, in a copy of this one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
let checkout = '';

before(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'cardlift-checkout-'));
  for (const part of ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json', '.npmrc']) {
    await cp(join(project, part), join(checkout, part), { recursive: true });
  }
  await symlink(join(project, 'node_modules'), join(checkout, 'node_modules'));
});
after(() => rm(checkout, { recursive: true, force: true }));

async function runNode(...args: readonly string[]) {
  const child = spawn(process.execPath, args, {
    cwd: checkout,
    env: { PATH: process.env.PATH, HOME: checkout },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, code: code as number | null };
}

/** What `npm run cardlift -- --help` does. */
const help = () => runNode('scripts/run-built.js', 'starter.js', '--help');

/** Changes the first line of the help. */
async function describeAs(words: string): Promise<void> {
  const path = join(checkout, 'src/cli/program.ts');
  const source = await readFile(path, 'utf8');
  await writeFile(
    path,
    source.replace(/\.description\(.*\)/, () => `.description("${words}")`),
  );
}

const listBuilds = async () =>
  (await readdir(join(checkout, 'dist'))).filter((name) => !name.endsWith('.js')).sort();

test('a checkout without a build builds the program on first use, and only then', async () => {
  const first = await help();
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^Usage: cardlift /);
  assert.match(first.stderr, /^Building the program/);
  const second = await help();
  assert.equal(second.stderr, '');
  assert.equal(second.stdout, first.stdout);
});

test('changed sources are built again, and the earlier build stays for the commands that run it', async () => {
  const earlier = await listBuilds();
  await describeAs('Changed once.');
  const { stdout, code, stderr } = await help();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Changed once\./);
  const present = await listBuilds();
  assert.equal(present.length, 2);
  assert.ok(earlier.every((name) => present.includes(name)));
});

test('two commands that build at once both run the new program', async () => {
  await describeAs('Changed twice.');
  for (const { stdout, stderr, code } of await Promise.all([help(), help()])) {
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Changed twice\./);
  }
  assert.equal((await listBuilds()).length, 3, 'no draft is left');
});

test('sources that cannot be built start nothing, and the error is printed', async () => {
  const path = join(checkout, 'src/cli/main.ts');
  const source = await readFile(path, 'utf8');
  await writeFile(path, `${source}\nconst broken = ;\n`);
  const { stdout, stderr, code } = await help();
  await writeFile(path, source);
  assert.equal(code, 4);
  assert.equal(stdout, '');
  assert.match(stderr, /main\.ts:\d+:\d+: ERROR: Unexpected ";"/);
  assert.match(stderr, /The program cannot be built/);
  assert.match((await help()).stdout, /Changed twice\./);
});

test('npm run build leaves this build only, which runs without sources', async () => {
  const built = await runNode('--import', 'tsx', 'scripts/build.ts');
  assert.equal(built.code, 0, built.stderr);
  assert.equal((await listBuilds()).length, 1);
  await rm(join(checkout, 'src'), { recursive: true });
  await rm(join(checkout, 'package.json'));
  await writeFile(join(checkout, 'package.json'), '{ "type": "module" }');
  const { version } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as {
    version: string;
  };
  assert.equal((await runNode('dist/starter.js', '--version')).stdout, `${version}\n`);
  const worker = await runNode('dist/worker.js');
  assert.equal(worker.code, 2);
  assert.match(worker.stderr, /^Cannot send to the gateway: set PAYMENT_OPTIONS_AUTHORIZATION/);
});
