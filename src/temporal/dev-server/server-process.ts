import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyProcess, isProcessAlive, listCommandLines } from './process-identity.ts';

/** Types of search attributes that a batch may carry. */
export type SearchAttributeType = 'Keyword' | 'Int' | 'Double' | 'Text' | 'Bool' | 'Datetime';

export interface ServerAddresses {
  /** host:port of the gRPC service. */
  readonly address: string;
  readonly uiUrl: string;
}

export interface ServerArgumentsInput {
  readonly databaseFile: string;
  readonly port: number;
  readonly namespace: string;
  readonly searchAttributes: Readonly<Record<string, SearchAttributeType>>;
}

export interface SpawnServerInput extends ServerArgumentsInput {
  readonly binary: string;
  readonly logFile: string;
  readonly uiPort: number;
}

/**
 * Makes the server, a Go program, collect garbage half as often, for some more memory (decision
 * 21).
 */
export const serverEnvironment = { GOGC: '200' } as const;

/** The server listens on this machine only. */
export const serverHost = '127.0.0.1';

/** A server under load takes 1-2 s to stop; after this time it hangs. */
const termTimeoutMs = 15_000;
const killTimeoutMs = 5_000;
const pollMs = 50;

/**
 * Starts the server as a separate process: in its own session, so that neither Ctrl-C in our
 * terminal nor our death reaches it, and with its own environment, so that it holds no gateway key.
 * The shell sets the umask, because the server creates the database files itself (it does not use
 * an existing empty file), and our own umask would apply to this whole process.
 */
export async function spawnServer(input: SpawnServerInput): Promise<ChildProcess> {
  const args = [...serverArguments(input), '--ui-port', String(input.uiPort)];
  const log = await open(input.logFile, 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', 'umask 077 && exec "$0" "$@"', input.binary, ...args], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { ...serverEnvironment },
    });
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

/**
 * The arguments of every start of the embedded Temporal.
 *
 * `locking_mode=EXCLUSIVE` makes SQLite itself refuse a second server on the same database.
 * `synchronous=NORMAL` keeps everything if a process dies, but a power cut may lose the last
 * seconds: docs/decisions/0013-the-embedded-temporal-may-lose-seconds.md. Partitions of a task
 * queue are for servers of many machines. On one machine they only pass tasks and polls to each
 * other: docs/decisions/0021-the-embedded-temporal-is-tuned-for-one-machine.md.
 */
export function serverArguments(input: ServerArgumentsInput): string[] {
  const args = ['server', 'start-dev', '--db-filename', input.databaseFile];
  for (const pragma of ['journal_mode=WAL', 'locking_mode=EXCLUSIVE', 'synchronous=NORMAL']) {
    args.push('--sqlite-pragma', pragma);
  }
  for (const side of ['Read', 'Write']) {
    args.push('--dynamic-config-value', `matching.numTaskqueue${side}Partitions=1`);
  }
  args.push('--ip', serverHost, '--port', String(input.port));
  args.push('--namespace', input.namespace, '--log-level', 'warn');
  for (const [name, type] of Object.entries(input.searchAttributes)) {
    args.push('--search-attribute', `${name}=${type}`);
  }
  return args;
}

/** True if `pid` is a dev server on this database, not a process that reused its pid. */
export async function isServerOn(databaseFile: string, pid: number): Promise<boolean> {
  const line = (await listCommandLines(pid)).get(pid);
  return line !== undefined && isServerCommand(line, databaseFile);
}

/**
 * The live dev server on this database, with addresses read from its command line; or undefined.
 */
export async function findServerOn(
  databaseFile: string,
): Promise<({ readonly pid: number; readonly namespace: string } & ServerAddresses) | undefined> {
  for (const [pid, line] of await listCommandLines()) {
    if (!isServerCommand(line, databaseFile)) continue;
    const port = / --port (\d+)/.exec(line)?.[1];
    const uiPort = / --ui-port (\d+)/.exec(line)?.[1];
    const namespace = / --namespace (\S+)/.exec(line)?.[1];
    if (port === undefined || uiPort === undefined || namespace === undefined) continue;
    return { pid, namespace, ...serverAddressesOf(Number(port), Number(uiPort)) };
  }
  return undefined;
}

/** Address and UI URL of a server on these ports. */
export function serverAddressesOf(port: number, uiPort: number): ServerAddresses {
  return { address: `${serverHost}:${port}`, uiUrl: `http://${serverHost}:${uiPort}` };
}

/**
 * Stops the server with SIGTERM, and with SIGKILL if it hangs. Signals no process other than the
 * server on this database.
 */
export async function terminateServer(databaseFile: string, pid: number): Promise<void> {
  const identity = await identifyProcess(pid);
  if (identity === undefined || !(await isServerOn(databaseFile, pid))) return;
  for (const [signal, timeoutMs] of [
    ['SIGTERM', termTimeoutMs],
    ['SIGKILL', killTimeoutMs],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    const deadlineMs = Date.now() + timeoutMs;
    while (Date.now() < deadlineMs) {
      if (!(await isProcessAlive(identity))) return;
      await delay(pollMs);
    }
  }
  throw new Error(`The Temporal dev server (process ${pid}) does not end, even after SIGKILL`);
}

function isServerCommand(line: string, databaseFile: string): boolean {
  return line.includes(`server start-dev --db-filename ${databaseFile} --`);
}
