/* A short command loads only what it uses. Each command runs in a process of its own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildIfStale } from '../../scripts/fresh-build.js';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

before(() => assert.ok(buildIfStale()));

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Prints, at the end of the process, every package and native module that it has loaded. */
const reporter = `data:text/javascript,${encodeURIComponent(`
  import { Module } from 'node:module';
  process.on('exit', () => {
    const files = [...Object.keys(Module._cache), ...process.report.getReport().sharedObjects];
    process.stderr.write('loaded: ' + JSON.stringify(files) + '\\n');
  });
`)}`;

async function filesLoadedBy(home: string, program: readonly string[], line: readonly string[]) {
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', reporter, ...program, ...line],
    {
      cwd: project,
      env: { PATH: process.env.PATH, CARDLIFT_HOME: home },
      maxBuffer: 64 * 1024 * 1024,
    },
  ).catch((error: { readonly stderr: string }) => error);
  const [, json = '[]'] = /^loaded: (.*)$/m.exec(stderr) ?? [];
  const files = JSON.parse(json) as string[];
  assert.ok(files.length > 0, stderr);
  return files;
}

const programs = {
  'the sources': ['--import', 'tsx', 'src/starter.ts'],
  'the built program': ['dist/starter.js'],
};

for (const [name, program] of Object.entries(programs)) {
  for (const line of [['--help'], ['list'], ['status', 'march'], ['show', 'march', 'a']]) {
    test(`${line.join(' ')} of ${name} loads neither Temporal's worker, its native module nor its client`, async (t) => {
      const loaded = await filesLoadedBy(await createTemporaryFolder(t), program, line);
      const unwanted = /@temporalio\/(?:worker|core-bridge|client|proto)\/|@grpc|\/temporal\.cjs|\.node$/;
      assert.deepEqual(
        loaded.filter((path) => unwanted.test(path)),
        [],
      );
    });
  }

  test(`--help of ${name} reads no settings, no storage and no file`, async (t) => {
    const loaded = await filesLoadedBy(await createTemporaryFolder(t), program, ['--help']);
    assert.deepEqual(
      loaded.filter((path) =>
        /node_modules\/(?:pino|yaml|iconv-lite|jsonc-parser)\/|yaml\.cjs|iconv-lite\.cjs/.test(path),
      ),
      [],
    );
  });
}

test('what these tests look for is found in a process that starts a worker', async (t) => {
  const home = await createTemporaryFolder(t);
  const worker = ['--input-type=module', '-e', "await import('@temporalio/worker')"];
  const loaded = await filesLoadedBy(home, worker, []);
  assert.ok(loaded.some((path) => path.includes('/@temporalio/client/')));
  assert.ok(loaded.some((path) => path.endsWith('.node')));
});
