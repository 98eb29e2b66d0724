import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { identifyProcess } from '../../../src/temporal/dev-server/process-identity.ts';
import {
  DevServerBusyError,
  isLockTaken,
  withStartLock,
} from '../../../src/temporal/dev-server/start-lock.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'cardlift-lock-'));
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const lockModule = fileURLToPath(new URL('../../../src/temporal/dev-server/start-lock.ts', import.meta.url));

/** A process that runs `action` (source text, with `home` in scope). */
function startProcess(action: string) {
  const source = `
    import { withStartLock } from ${JSON.stringify(lockModule)};
    import { readFile, writeFile } from 'node:fs/promises';
    const home = ${JSON.stringify(home)};
    ${action}`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** A process that takes the lock and never releases it. */
async function startOwner() {
  const owner = startProcess(
    "await withStartLock(home, () => { console.log('mine'); return new Promise((r) => setTimeout(r, 60_000)); });",
  );
  await once(owner.stdout, 'data');
  return owner;
}

it('loses no increment when processes and callers count under the lock', async () => {
  const count = path.join(home, 'count');
  await writeFile(count, '0');
  const increments = 150;
  const processes = Array.from({ length: 3 }, () =>
    startProcess(`for (let i = 0; i < ${increments}; i += 1) {
      await withStartLock(home, async () => {
        const seen = Number(await readFile(${JSON.stringify(count)}, 'utf8'));
        await writeFile(${JSON.stringify(count)}, String(seen + 1));
      });
    }`),
  );
  const codes = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0]));
  assert.deepEqual(codes, [0, 0, 0]);
  assert.equal(await readFile(count, 'utf8'), String(3 * increments));
  const left = await readdir(path.join(home, 'temporal-locks'));
  assert.ok(left.length < 3 * increments, 'old tickets are removed');
  assert.ok(
    left.every((name) => !name.startsWith('.')),
    'no draft is left',
  );
});

it('continues at once when the owner of the lock was killed', async () => {
  const owner = await startOwner();
  assert.equal(await isLockTaken(home), true);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  assert.equal(await isLockTaken(home), false);
  assert.equal(await withStartLock(home, async () => 'ours', 0), 'ours');
});

it('gives up with the owner’s pid if the lock is not released', async () => {
  const owner = await startOwner();
  let ran = false;
  const attempt = withStartLock(
    home,
    async () => {
      ran = true;
    },
    200,
  );
  await assert.rejects(attempt, (error: unknown) => {
    assert.ok(error instanceof DevServerBusyError);
    assert.match(error.message, new RegExp(`Process ${owner.pid} `));
    return true;
  });
  assert.equal(ran, false);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
});

it('releases the lock if the action fails', async () => {
  await assert.rejects(
    withStartLock(home, () => Promise.reject(new Error('no luck'))),
    /no luck/,
  );
  assert.equal(await withStartLock(home, async () => 'next', 0), 'next');
});

it('does not wait for a process that reused the dead owner’s pid', async () => {
  const self = await identifyProcess(process.pid);
  assert.ok(self);
  await withStartLock(home, async () => undefined);
  await writeFile(path.join(home, 'temporal-locks', '2'), JSON.stringify({ ...self, began: 'earlier' }));
  assert.equal(await isLockTaken(home), false);
  assert.equal(await withStartLock(home, async () => 'ours', 0), 'ours');
});
