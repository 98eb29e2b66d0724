import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyProcess, isProcessAlive, listCommandLines } from './process-identity.ts';

/** Types of search attributes that a batch may carry. */
export type SearchAttributeType = 'Keyword' | 'Int' | 'Double' | 'Text' | 'Bool' | 'Datetime';

export interface ServerPlace {
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

/** The server is Go: it collects its garbage half as often, for some more memory (decision 21). */
export const serverEnvironment = { GOGC: '200' } as const;

/** The server only listens to this machine. */
export const serverHost = '127.0.0.1';

/** A server under load takes 1-2 s to end; beyond this it hangs. */
const termTimeoutMs = 15_000;
const killTimeoutMs = 5_000;
const pollMs = 50;

/**
 * Starts the server as a process of its own: a session of its own, so that Ctrl-C in our terminal and our death do not reach
 * it, and an environment of its own, so that it holds no gateway key. The shell sets the umask, because the server makes the
 * database's files itself (it does not fill an empty file made beforehand) and a umask of ours would be the whole process's.
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
 * How the embedded Temporal is started, whoever starts it.
 * `locking_mode=EXCLUSIVE` makes SQLite itself refuse a second server on the same database, whatever else goes wrong.
 * `synchronous=NORMAL` keeps everything through the death of any process, and may lose the last seconds before a power cut:
 * docs/decisions/0013-the-embedded-temporal-may-lose-seconds.md. Partitions of a task queue are for servers of many
 * machines; here they only pass tasks and polls on to each other: docs/decisions/0021-the-embedded-temporal-is-tuned-for-one-machine.md.
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

/** Whether `pid` is a dev server on this database, and not a process that got its number later. */
export async function isServerOn(databaseFile: string, pid: number): Promise<boolean> {
  const line = (await listCommandLines(pid)).get(pid);
  return line !== undefined && isServerCommand(line, databaseFile);
}

/** The live dev server on this database, whoever started it, with the place read from its command line. */
export async function findServerOn(
  databaseFile: string,
): Promise<({ readonly pid: number; readonly namespace: string } & ServerPlace) | undefined> {
  for (const [pid, line] of await listCommandLines()) {
    if (!isServerCommand(line, databaseFile)) continue;
    const port = / --port (\d+)/.exec(line)?.[1];
    const uiPort = / --ui-port (\d+)/.exec(line)?.[1];
    const namespace = / --namespace (\S+)/.exec(line)?.[1];
    if (port === undefined || uiPort === undefined || namespace === undefined) continue;
    return { pid, namespace, ...createServerPlace(Number(port), Number(uiPort)) };
  }
  return undefined;
}

/** Address and UI of a server on these ports. */
export function createServerPlace(port: number, uiPort: number): ServerPlace {
  return { address: `${serverHost}:${port}`, uiUrl: `http://${serverHost}:${uiPort}` };
}

/** Ends the server: SIGTERM, and SIGKILL if it hangs. Touches no process that is not the server on this database. */
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
  throw new Error(`The Temporal dev server (process ${pid}) does not end, not even on SIGKILL`);
}

function isServerCommand(line: string, databaseFile: string): boolean {
  return line.includes(`server start-dev --db-filename ${databaseFile} --`);
}
