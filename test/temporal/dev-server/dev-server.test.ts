import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import {
  type DevServerLease,
  findLiveDevServer,
  type JoinDevServerInput,
  joinDevServer,
  stopDevServer,
} from '../../../src/temporal/dev-server/dev-server.ts';
import { findFreePort } from '../../../src/temporal/dev-server/free-port.ts';
import { identifyProcess, listCommandLines } from '../../../src/temporal/dev-server/process-identity.ts';
import { isServerOn, spawnServer } from '../../../src/temporal/dev-server/server-process.ts';
import { DevServerStartError } from '../../../src/temporal/dev-server/server-start.ts';
import { readServerState, writeServerState } from '../../../src/temporal/dev-server/server-state.ts';
import { testTemporalBinary } from '../../support/temporal-binary.ts';
import { startJoiner } from './dev-server-process.ts';

const log = { info() {}, warn() {} };
let binary: string;
let home: string;

before(async () => {
  binary = await testTemporalBinary();
});

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'cardlift dev server-'));
});

afterEach(async () => {
  await stopDevServer(home);
  await rm(home, { recursive: true, force: true });
});

function join(more: Partial<JoinDevServerInput> = {}): Promise<DevServerLease> {
  return joinDevServer({ home, binary, keep: false, log, searchAttributes: {}, ...more });
}

async function findServerPids(): Promise<number[]> {
  const file = path.join(home, 'temporal.db');
  const lines = [...(await listCommandLines())];
  return lines.filter(([, line]) => line.includes(`--db-filename ${file} `)).map(([pid]) => pid);
}

async function killServer(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  while ((await identifyProcess(pid)) !== undefined) await delay(10);
}

async function withClient<Result>(
  address: string,
  action: (client: Client) => Promise<Result>,
): Promise<Result> {
  const connection = await Connection.connect({ address });
  try {
    return await action(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

describe('joining', () => {
  it('starts exactly one server when five processes join at the same time', async () => {
    const joiners = Array.from({ length: 5 }, () => startJoiner(home, binary));
    try {
      const joined = await Promise.all(joiners.map((joiner) => joiner.joined));
      assert.equal(new Set(joined.map(({ pid }) => pid)).size, 1);
      assert.equal(joined.filter(({ startedByUs }) => startedByUs).length, 1);
      assert.deepEqual(await findServerPids(), [joined[0]?.pid]);
      const spawns = (await readdir(path.join(home, 'temporal-users'))).length;
      assert.equal(spawns, 5);
    } finally {
      await Promise.all(joiners.map((joiner) => joiner.leave()));
    }
    assert.deepEqual(await findServerPids(), []);
  });

  it('adopts a server whose starter was killed between spawning it and recording its pid', async () => {
    const joiner = startJoiner(home, binary, 'die-after-spawn');
    await assert.rejects(joiner.joined, /SIGKILL/);
    const recorded = await readServerState(home);
    assert.deepEqual([recorded?.state, recorded?.pid], ['starting', undefined]);
    const [orphan] = await findServerPids();

    const lease = await join();
    assert.equal(lease.pid, orphan);
    assert.equal(lease.startedByUs, false);
    assert.equal(lease.address, recorded?.address);
    assert.deepEqual(await findServerPids(), [orphan]);
    await lease.release();
    assert.deepEqual(await findServerPids(), []);
  });

  it('restarts on the same database after the server was killed, with its workflows and search attributes', async () => {
    const searchAttributes = { CardliftMerchant: 'Keyword', CardliftRows: 'Int' } as const;
    const first = await join({ searchAttributes });
    const started = await withClient(first.address, (client) =>
      client.workflow.start('anything', { taskQueue: 'unserved', workflowId: 'before-the-kill' }),
    );
    await killServer(first.pid);

    const second = await join({ searchAttributes });
    assert.equal(second.startedByUs, true);
    assert.notEqual(second.pid, first.pid);
    await withClient(second.address, async (client) => {
      const found = await client.workflow.getHandle('before-the-kill').describe();
      assert.equal(found.runId, started.firstExecutionRunId);
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      assert.ok('CardliftMerchant' in customAttributes && 'CardliftRows' in customAttributes);
    });
    await second.release();
  });

  it('does not mistake a process that reused the recorded pid for the server', async () => {
    const first = await join();
    const recorded = await readServerState(home);
    await killServer(first.pid);
    assert.ok(recorded);
    await writeServerState(home, { ...recorded, pid: process.pid });

    assert.equal(await findLiveDevServer(home), undefined);
    const second = await join();
    assert.equal(second.startedByUs, true);
    await second.release();
  });

  it('waits for the end of a server whose stopper died, then starts a new one', async () => {
    const first = await join();
    const recorded = await readServerState(home);
    assert.ok(recorded);
    await writeServerState(home, { ...recorded, state: 'stopping' });
    process.kill(first.pid, 'SIGTERM');

    const second = await join();
    assert.notEqual(second.pid, first.pid);
    assert.equal((await findLiveDevServer(home))?.pid, second.pid);
    await second.release();
  });

  it('finds free ports when the usual ones are taken', async () => {
    const taken = [7233, 8233].map((port) => createServer().listen(port, '127.0.0.1'));
    // If another process has taken the port, the test works as well.
    await Promise.all(
      taken.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.once('listening', resolve).once('error', () => resolve());
          }),
      ),
    );
    try {
      const lease = await join();
      assert.notEqual(lease.address, '127.0.0.1:7233');
      assert.notEqual(lease.uiUrl, 'http://127.0.0.1:8233');
      await lease.release();
    } finally {
      for (const server of taken) server.close();
    }
  });

  it('does not mistake a server that took the port first for its own', async () => {
    // Starts a foreign server on the same port before ours takes it, once.
    const script = path.join(home, 'temporal-that-comes-second');
    await writeFile(
      script,
      `#!/bin/sh
      if [ "$2" = start-dev ] && mkdir "${home}/foreign" 2>/dev/null; then
        port=$(echo "$*" | sed 's/.* --port \\([0-9]*\\) .*/\\1/')
        "${binary}" server start-dev --headless --ip 127.0.0.1 --port "$port" >"${home}/foreign/log" 2>&1 &
        echo $! >"${home}/foreign/pid"
        until grep -q '^Temporal Server: ' "${home}/foreign/log"; do sleep 0.05; done
      fi
      exec "${binary}" "$@"`,
      { mode: 0o700 },
    );
    const foreignPid = async () => Number(await readFile(path.join(home, 'foreign', 'pid'), 'utf8'));
    try {
      const lease = await join({ binary: script });
      assert.ok(await isServerOn(path.join(home, 'temporal.db'), lease.pid));
      await killServer(await foreignPid());
      await withClient(lease.address, (client) =>
        client.workflow.start('anything', { taskQueue: 'unserved', workflowId: 'on-our-own' }),
      );
      await lease.release();
    } finally {
      if ((await identifyProcess(await foreignPid())) !== undefined) await killServer(await foreignPid());
    }
  });

  it('sets aside an incomplete database left by a killed first start', async () => {
    await writeFile(path.join(home, 'temporal.db'), '');
    await writeFile(path.join(home, 'temporal.db.unfinished'), '');
    const lease = await join();
    const names = await readdir(home);
    assert.equal(names.filter((name) => name.startsWith('temporal.db.aside-')).length, 1);
    assert.ok(!names.includes('temporal.db.unfinished'));
    await lease.release();
  });

  it('reports the end of the log if the server cannot start, and leaves no state behind', async () => {
    await writeFile(path.join(home, 'temporal.db'), 'This is no database. '.repeat(100));
    await assert.rejects(join(), (error: unknown) => {
      assert.ok(error instanceof DevServerStartError);
      assert.match(error.message, /ended before it answered.*file is not a database/s);
      return true;
    });
    assert.equal(await readServerState(home), undefined);
  });

  it('refuses a home whose live server has another database', async () => {
    const lease = await join();
    await assert.rejects(join({ databaseFile: path.join(home, 'other.db') }), DevServerStartError);
    await lease.release();
  });
});

describe('the server', () => {
  it('restricts its files to the owner and gets none of our environment', async () => {
    process.env.PAYMENT_OPTIONS_X_API_KEY = 'not-for-the-server';
    const lease = await join();
    delete process.env.PAYMENT_OPTIONS_X_API_KEY;
    for (const name of ['temporal.db', 'temporal.db-wal', 'temporal.json', 'temporal.log']) {
      assert.equal((await stat(path.join(home, name))).mode & 0o777, 0o600, name);
    }
    if (process.platform === 'linux') {
      const environment = await readFile(`/proc/${lease.pid}/environ`, 'utf8');
      assert.doesNotMatch(environment, /PAYMENT_OPTIONS/);
      const fields = (await readFile(`/proc/${lease.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ');
      assert.equal(fields?.[3], String(lease.pid), 'it leads a session of its own');
    }
    await lease.release();
  });

  it('is configured for one machine: one partition per queue, less garbage collection, no disk sync at each commit', {
    skip: process.platform !== 'linux',
  }, async () => {
    const lease = await join();
    const reported = async (what: string): Promise<string[]> =>
      (await readFile(`/proc/${lease.pid}/${what}`, 'utf8')).split('\0');
    const command = await reported('cmdline');
    for (const setting of [
      'synchronous=NORMAL',
      'matching.numTaskqueueReadPartitions=1',
      'matching.numTaskqueueWritePartitions=1',
    ]) {
      assert.ok(command.includes(setting), setting);
    }
    assert.ok((await reported('environ')).includes('GOGC=200'));
    await lease.release();
  });

  it('cannot be started twice on one database, by a lock of SQLite, even if all else fails', async () => {
    const lease = await join();
    const other = await mkdtemp(path.join(tmpdir(), 'cardlift-other-'));
    const logFile = path.join(other, 'second.log');
    const second = await spawnServer({
      binary,
      databaseFile: path.join(home, 'temporal.db'),
      logFile,
      port: await findFreePort(),
      uiPort: await findFreePort(),
      namespace: 'default',
      searchAttributes: {},
    });
    second.ref();
    // A refused server ends within a second; an accepted one would keep running.
    const signal = AbortSignal.timeout(10_000);
    const [code] = await once(second, 'exit', { signal }).finally(() => second.kill('SIGKILL'));
    assert.notEqual(code, 0);
    assert.match(await readFile(logFile, 'utf8'), /database is locked/);
    assert.equal((await findLiveDevServer(home))?.pid, lease.pid);
    await lease.release();
    await rm(other, { recursive: true });
  });
});

describe('leaving', () => {
  it('stops the server with its last user, and not before', async () => {
    const first = await join();
    const second = await join();
    await first.release();
    await first.release();
    assert.equal((await findLiveDevServer(home))?.pid, second.pid);
    await second.release();
    assert.deepEqual(await findServerPids(), []);
    assert.equal(await readServerState(home), undefined);
  });

  it('does not count a user that was killed', async () => {
    const joiner = startJoiner(home, binary);
    await joiner.joined;
    const lease = await join();
    await joiner.kill();
    await lease.release();
    assert.deepEqual(await findServerPids(), []);
  });

  it('keeps a server running that was started to be kept, until it is stopped', async () => {
    const first = await join();
    const keeper = await join({ keep: true });
    await keeper.release();
    await first.release();
    assert.equal((await findLiveDevServer(home))?.pid, first.pid);
    assert.equal(await stopDevServer(home), true);
    assert.equal(await stopDevServer(home), false);
    assert.deepEqual(await findServerPids(), []);
  });

  it('gives a newcomer a working server when the last user leaves at the same moment', async () => {
    let leaving = await join();
    for (let round = 0; round < 4; round += 1) {
      // Whichever takes the lock first, the newcomer's server must answer after both.
      const actions = round % 2 === 0 ? [leaving.release(), join()] : [join(), leaving.release()];
      const newcomer = (await Promise.all(actions)).find((result) => result !== undefined);
      assert.ok(newcomer);
      assert.deepEqual(await findLiveDevServer(home), {
        address: newcomer.address,
        uiUrl: newcomer.uiUrl,
        namespace: 'default',
        pid: newcomer.pid,
      });
      assert.equal((await findServerPids()).length, 1);
      leaving = newcomer;
    }
    await leaving.release();
  });

  it('never signals a process that is not the recorded server', async () => {
    const lease = await join();
    const recorded = await readServerState(home);
    assert.ok(recorded);
    await killServer(lease.pid);
    await writeServerState(home, { ...recorded, pid: process.pid });
    assert.equal(await isServerOn(recorded.databaseFile, process.pid), false);
    assert.equal(await stopDevServer(home), false);
    assert.ok(await identifyProcess(process.pid));
  });
});

describe('finding', () => {
  it('finds nothing, and starts nothing, in a home without a server', async () => {
    assert.equal(await findLiveDevServer(home), undefined);
    assert.equal(await findLiveDevServer(path.join(home, 'not-there')), undefined);
    assert.deepEqual(await readdir(home), []);
  });

  it('treats an unreadable state as none', async () => {
    await writeFile(path.join(home, 'temporal.json'), '{"state":');
    await chmod(path.join(home, 'temporal.json'), 0o600);
    assert.equal(await findLiveDevServer(home), undefined);
  });
});
