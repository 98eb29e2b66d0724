import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import { searchAttributes } from '../../src/contract/search-attributes.ts';
import { findFreePort } from '../../src/temporal/dev-server/free-port.ts';
import { serverArguments, serverEnvironment } from '../../src/temporal/dev-server/server-process.ts';
import { waitForAnswer } from '../../src/temporal/dev-server/server-readiness.ts';
import { testTemporalBinary } from './temporal-binary.ts';

/** A real Temporal server with its own database file, for the tests of one file. */
export interface TemporalServer {
  readonly address: string;
  readonly client: Client;
  /** Holds the database's files and the server's log. */
  readonly folder: string;
  /** Ends the server with SIGKILL and waits. */
  kill(): Promise<void>;
  /** Restarts it on the same port and database. Rejects if it does not come up. */
  restart(): Promise<void>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

const namespace = 'default';
/** A start takes half a second; the machine may be busy with other tests. */
const readyTimeoutMs = 60_000;
/** Another test may take a free port before the server does. */
const maxAttempts = 3;

/**
 * Prints the server's pid, and ends the server when its standard input closes, so that it does not
 * outlive a killed test.
 */
const lifeline = '"$0" "$@" </dev/null >&2 & echo $!; read -r _; kill $!; wait $!';

/** Starts a server. Rejects if it does not come up. */
export async function startTemporalServer(): Promise<TemporalServer> {
  const binary = await testTemporalBinary();
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-temporal-'));
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const running = await tryStart(binary, folder, port);
    if (running !== undefined) return await followServer(binary, folder, port, running);
    if (attempt === maxAttempts) {
      const words = await readFile(join(folder, 'temporal.log'), 'utf8');
      await rm(folder, { recursive: true, force: true });
      throw new Error(`The Temporal server did not come up: ${words.slice(-2_000)}`);
    }
  }
}

interface RunningServer {
  readonly pid: number;
  end(): Promise<void>;
}

async function followServer(
  binary: string,
  folder: string,
  port: number,
  first: RunningServer,
): Promise<TemporalServer> {
  const address = `127.0.0.1:${port}`;
  const connection = await Connection.connect({ address });
  let running: RunningServer | undefined = first;
  return {
    address,
    client: new Client({ connection, namespace }),
    folder,
    async kill() {
      if (running === undefined) return;
      process.kill(running.pid, 'SIGKILL');
      await running.end();
      running = undefined;
    },
    async restart() {
      running ??= await tryStart(binary, folder, port);
      if (running === undefined) throw new Error('The Temporal server did not come up again');
    },
    async stop() {
      await connection.close();
      await running?.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function tryStart(binary: string, folder: string, port: number): Promise<RunningServer | undefined> {
  const databaseFile = join(folder, 'temporal.db');
  const args = [...serverArguments({ databaseFile, port, namespace, searchAttributes }), '--headless'];
  const log = await open(join(folder, 'temporal.log'), 'a');
  const child = spawn('/bin/sh', ['-c', lifeline, binary, ...args], {
    stdio: ['pipe', 'pipe', log.fd],
    env: { ...process.env, ...serverEnvironment },
  });
  await log.close();
  const exited = once(child, 'exit');
  const end = async (): Promise<void> => {
    child.stdin?.end();
    await exited;
  };
  const [line] = (await once(child.stdout as Readable, 'data')) as [Buffer];
  const answer = await waitForAnswer({
    address: `127.0.0.1:${port}`,
    namespace,
    isGone: () => child.exitCode !== null,
    timeoutMs: readyTimeoutMs,
  });
  if (answer === 'ready') return { pid: Number(line.toString()), end };
  await end();
  return undefined;
}
