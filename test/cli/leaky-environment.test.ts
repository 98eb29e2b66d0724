/* Node settings that expose card numbers or keys: every command refuses them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commandCatalogue } from '../../src/cli/command-catalogue.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { ConfigError, readConfig } from '../../src/config.ts';
import { type CardliftSite, createCardliftSite } from '../support/cardlift-process.ts';
import { createPlainLine, plainHeader } from '../support/merchant-file.ts';

let site: CardliftSite;
before(async () => {
  site = await createCardliftSite({ baseUrl: 'http://127.0.0.1:9' });
});
after(() => site.remove());

const refused: readonly (readonly [string, string])[] = [
  ['NODE_DEBUG', 'http'],
  ['NODE_DEBUG', 'stream'],
  ['NODE_DEBUG', 'anything'],
  ['NODE_DEBUG_NATIVE', 'tls'],
  ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
  ['NODE_OPTIONS', '--inspect'],
  ['NODE_OPTIONS', '--max-old-space-size=4096 --inspect-brk=0.0.0.0:9229'],
  ['NODE_OPTIONS', '--heapsnapshot-near-heap-limit=1'],
  ['NODE_OPTIONS', '--heapsnapshot_signal=SIGUSR2'],
  ['NODE_OPTIONS', '"--report-uncaught-exception"'],
  ['NODE_OPTIONS', '--tls-keylog=keys'],
  ['NODE_OPTIONS', '--trace-tls'],
  ['NODE_OPTIONS', '--abort-on-uncaught-exception'],
];

for (const [name, value] of refused) {
  test(`${name}=${value} is refused with the remedy`, () => {
    assert.throws(
      () => readConfig({ [name]: value }),
      (error) =>
        error instanceof ConfigError &&
        error.message.includes(name) &&
        /Unset it|Take it out/.test(error.message),
    );
  });
}

test('other settings of Node are allowed', () => {
  for (const [name, value] of [
    ['NODE_DEBUG', ''],
    ['DEBUG', '*'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '1'],
    ['NODE_EXTRA_CA_CERTS', '/etc/ca.pem'],
    ['NODE_OPTIONS', '--max-old-space-size=4096 --import ./x-inspect.mjs --trace-warnings'],
    ['NODE_OPTIONS', '--inspect-publish-uid=http'],
  ] as const) {
    readConfig({ [name]: value });
  }
});

test('an account whose name is a card number is refused without quoting it', () => {
  assert.throws(
    () => readConfig({ CARDLIFT_ACCOUNT: '4111-1111-1111-1111' }),
    /^ConfigError: CARDLIFT_ACCOUNT looks [^\d]*$/,
  );
});

/** The least that each command needs. */
const lines: Readonly<Record<string, readonly string[]>> = {
  run: ['cards.csv', '--merchant-id', '1', '--amount', '1', '--currency', 'JPY', '--yes'],
  start: ['cards.csv', '--merchant-id', '1', '--amount', '1', '--currency', 'JPY', '--yes'],
  validate: ['cards.csv'],
  template: [],
  list: [],
  'confirm-move': [],
  doctor: [],
  simulate: [],
  worker: [],
  up: [],
  resolve: ['batch', 'unresolved.csv'],
  show: ['batch', 'ref'],
  'set-rate': ['batch', '5'],
  'set-concurrency': ['batch', '5'],
  'set-tolerance': ['batch', '5'],
};

test('every command ends with exit code 2 before it does anything', async () => {
  const env = { NODE_DEBUG: process.env.NODE_DEBUG };
  process.env.NODE_DEBUG = 'http';
  try {
    for (const { name } of commandCatalogue) {
      if (name === 'doctor') continue;
      await assert.rejects(runCommandLine([name, ...(lines[name] ?? ['batch'])]), /NODE_DEBUG/, name);
    }
  } finally {
    if (env.NODE_DEBUG === undefined) delete process.env.NODE_DEBUG;
    else process.env.NODE_DEBUG = env.NODE_DEBUG;
  }
});

test('a process with NODE_DEBUG=stream prints no card number, and --help still helps', async () => {
  const file = join(site.folder, 'cards.csv');
  await writeFile(file, plainHeader + createPlainLine('a'));
  const environment = { NODE_DEBUG: 'stream' };
  for (const [line, expected] of [
    [['validate', file], 2],
    [['worker'], 2],
    // It reports what is wrong with a machine, and exits as for any fault.
    [['doctor'], 4],
  ] as const) {
    const { code, stdout, stderr } = await site.start(line, environment).exited;
    assert.equal(code, expected, line[0]);
    assert.match(
      (stdout + stderr).replace(/\s+/g, ' '),
      /NODE_DEBUG is set: it prints card numbers\. Unset it/,
    );
    assert.doesNotMatch(stdout + stderr, /\d{13}/);
  }
  const help = await site.start(['run', '--help'], environment).exited;
  assert.equal(help.code, 0);
  assert.match(help.stdout, /Usage: cardlift run/);
});

test('the worker that has no command line refuses too', () => {
  const worker = fileURLToPath(new URL('../../src/worker.ts', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', worker], {
    env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    encoding: 'utf8',
  });
  assert.equal(status, 2, stderr);
  assert.match(stderr, /NODE_TLS_REJECT_UNAUTHORIZED=0 is set/);
});
