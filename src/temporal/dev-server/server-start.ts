import { open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { DevServerLog } from './dev-server-log.ts';
import { findFreePort } from './free-port.ts';
import { markDatabaseComplete, setIncompleteDatabaseAside } from './incomplete-database.ts';
import {
  findServerOn,
  type SearchAttributeType,
  serverAddressesOf,
  spawnServer,
  terminateServer,
} from './server-process.ts';
import { waitForAnswer } from './server-readiness.ts';
import { removeServerState, type ServerState, writeServerState } from './server-state.ts';

export interface StartServerInput {
  readonly home: string;
  readonly binary: string;
  readonly databaseFile: string;
  readonly namespace: string;
  readonly keep: boolean;
  readonly searchAttributes: Readonly<Record<string, SearchAttributeType>>;
  readonly log: DevServerLog;
  /** Called once the process exists, before it answers. */
  readonly onStarting?: () => void;
}

/** The dev server could not start. The message ends with the last lines of its log. */
export class DevServerStartError extends Error {
  override readonly name = 'DevServerStartError';
}

/** How long a server that was started earlier has to answer. */
export const readyTimeoutMs = 20_000;

/**
 * A start takes 0.3-0.6 s, longer with a large database, and half a minute if all processors are
 * taken. A server that cannot start ends, and is reported at once.
 */
const startTimeoutMs = 60_000;

/**
 * Another process may take a port between our check and the server's start. Three times in a row
 * means another cause.
 */
const maxAttempts = 3;

const usualPorts = { port: 7233, uiPort: 8233 };
/**
 * A server whose port is taken ends within half a second, or half a minute if all processors are
 * taken. One that listens prints its address, so this is waited for only if it prints nothing.
 */
const portTakenMs = 30_000;
const portPollMs = 20;
const maxLogBytes = 10 * 1024 * 1024;
const logTailBytes = 4_096;
const logTailLines = 12;

/** The log file of this home's server. */
export function logFileOf(home: string): string {
  return path.join(home, 'temporal.log');
}

/**
 * Starts a server on the database and waits until it answers. Call under the start lock. Throws
 * {@link DevServerStartError}.
 */
export async function startServer(input: StartServerInput): Promise<ServerState & { readonly pid: number }> {
  const { home, databaseFile, log } = input;
  await setIncompleteDatabaseAside(databaseFile, log);
  await rotateLog(logFileOf(home));
  for (let attempt = 1; ; attempt += 1) {
    const began = await sizeOf(logFileOf(home));
    const result = await tryStart(input, attempt === 1 ? usualPorts : { port: 0, uiPort: 0 });
    if (typeof result === 'object') {
      await markDatabaseComplete(databaseFile);
      return result;
    }
    await removeServerState(home);
    const words = await readTail(logFileOf(home), began);
    if (result === 'gone' && attempt < maxAttempts && /address already in use/i.test(words)) continue;
    const holder = /database is locked/i.test(words) ? await findServerOn(databaseFile) : undefined;
    throw new DevServerStartError(
      [
        result === 'gone'
          ? 'The Temporal dev server ended before it answered'
          : `The Temporal dev server did not answer within ${startTimeoutMs / 1000} s`,
        ...(holder === undefined ? [] : [`process ${holder.pid} holds its database`]),
        `its log (${logFileOf(home)}) ends: ${words || '(nothing)'}`,
      ].join('; '),
    );
  }
}

async function tryStart(
  input: StartServerInput,
  wanted: { readonly port: number; readonly uiPort: number },
): Promise<(ServerState & { readonly pid: number }) | 'gone' | 'silent'> {
  const { home, databaseFile, namespace, keep, log } = input;
  const port = await findFreePort(wanted.port);
  const uiPort = await findFreePort(wanted.uiPort);
  const addresses = serverAddressesOf(port, uiPort);
  const starting: ServerState = {
    ...{ state: 'starting', starterPid: process.pid, ...addresses, namespace, databaseFile, isKept: keep },
  };
  await writeServerState(home, starting);
  const { binary, searchAttributes } = input;
  const logBegan = await sizeOf(logFileOf(home));
  const child = await spawnServer({
    ...{ binary, databaseFile, namespace, searchAttributes, port, uiPort, logFile: logFileOf(home) },
  });
  let gone = false;
  child.once('exit', () => {
    gone = true;
  });
  child.once('error', () => {
    gone = true;
  });
  const { pid } = child;
  if (pid === undefined) return 'gone';
  log.info({ pid, ...addresses }, 'Started the Temporal dev server');
  await writeServerState(home, { ...starting, pid });
  input.onStarting?.();
  const answered = await waitForAnswer({
    ...{ address: addresses.address, namespace, isGone: () => gone, timeoutMs: startTimeoutMs },
  });
  const answer =
    answered === 'ready' && !(await hasTakenPort(() => gone, home, logBegan)) ? 'gone' : answered;
  if (answer !== 'ready') {
    await terminateServer(databaseFile, pid);
    return answer;
  }
  const ready = { ...starting, state: 'ready' as const, pid };
  await writeServerState(home, ready);
  return ready;
}

/**
 * True if the server that answered is the one we started. Another server may have taken the port
 * since it was found free, and answer while ours ends. Ours prints its address once it listens; if
 * it prints nothing, the time-out decides.
 */
async function hasTakenPort(isGone: () => boolean, home: string, logBegan: number): Promise<boolean> {
  const deadlineMs = Date.now() + portTakenMs;
  for (;;) {
    if (isGone()) return false;
    const words = await readTail(logFileOf(home), logBegan);
    if (/^Temporal Server: /m.test(words) || Date.now() > deadlineMs) return true;
    await delay(portPollMs);
  }
}

async function rotateLog(file: string): Promise<void> {
  if ((await sizeOf(file)) > maxLogBytes) await rename(file, `${file}.1`);
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

async function readTail(file: string, fromByte: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(fromByte, size - logTailBytes);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    await handle.read(buffer, 0, buffer.length, start);
    return buffer.toString('utf8').trim().split('\n').slice(-logTailLines).join('\n');
  } finally {
    await handle.close();
  }
}
