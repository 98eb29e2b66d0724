import { mkdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { definedOf } from '../../domain/defined.ts';
import type { DevServerLog } from './dev-server-log.ts';
import { markDatabaseComplete } from './incomplete-database.ts';
import { findServerOn, isServerOn, type SearchAttributeType, terminateServer } from './server-process.ts';
import { isAnswering, waitForAnswer } from './server-readiness.ts';
import { DevServerStartError, logFileOf, readyTimeoutMs, startServer } from './server-start.ts';
import { readServerState, removeServerState, type ServerState, writeServerState } from './server-state.ts';
import { addServerUser, countServerUsers } from './server-users.ts';
import { isLockTaken, withStartLock } from './start-lock.ts';
import { findTemporalBinary } from './temporal-binary.ts';

export interface JoinDevServerInput {
  /** The folder with `temporal.json`. Created with mode 0700 if missing. */
  readonly home: string;
  /** The server outlives its users until {@link stopDevServer} (`up`). */
  readonly keep: boolean;
  /** Default: `temporal.db` in the home. */
  readonly databaseFile?: string;
  /** Default: `default`. */
  readonly namespace?: string;
  readonly log: DevServerLog;
  /** Registered when a server is started; an existing server keeps its own. */
  readonly searchAttributes: Readonly<Record<string, SearchAttributeType>>;
  /** The Temporal CLI. Default: found by {@link findTemporalBinary} if a server must be started. */
  readonly binary?: string;
  /** False: throws `TemporalBinaryMissingError` instead of installing one. */
  readonly mayInstall?: boolean;
  /** Called once the process of a new server exists, before it answers. */
  readonly onStarting?: () => void;
}

export interface DevServer {
  /** host:port of the gRPC service. */
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  readonly pid: number;
}

export interface DevServerLease extends DevServer {
  readonly startedByUs: boolean;
  readonly logFile: string;
  /** Leaves the server. The last user stops it, unless it is kept. A second call does nothing. */
  release(): Promise<void>;
}

type LiveState = ServerState & { readonly pid: number };

/** Polling interval while another process starts the server. */
const findPollMs = 100;

/**
 * Joins the home's live dev server, or starts one. Throws `DevServerStartError`;
 * `DevServerBusyError` if another process hangs while starting it; `TemporalBinaryMissingError`.
 */
export async function joinDevServer(input: JoinDevServerInput): Promise<DevServerLease> {
  if (process.platform === 'win32') {
    throw new DevServerStartError(
      'The embedded Temporal does not run on Windows; set TEMPORAL_ADDRESS to a server',
    );
  }
  await mkdir(input.home, { recursive: true, mode: 0o700 });
  // Command lines are searched for the database's path, so it must have one spelling.
  const home = await realpath(input.home);
  const databaseFile = await resolveFile(input.databaseFile ?? path.join(home, 'temporal.db'));
  const { log, namespace = 'default', searchAttributes, keep } = input;
  return withStartLock(home, async () => {
    const live = await findUsableState(home, databaseFile);
    if (live !== undefined && (live.databaseFile !== databaseFile || live.namespace !== namespace)) {
      throw new DevServerStartError(
        `Process ${live.pid} serves ${live.databaseFile}, namespace ${live.namespace}, for this home; stop it first`,
      );
    }
    const adopted = live && (await adopt(home, { ...live, isKept: live.isKept || keep }));
    const server = adopted ?? (await start());
    const startedByUs = adopted === undefined;
    const userFile = await addServerUser(home);
    const { address, uiUrl, pid } = server;
    log.info({ pid, address, startedByUs }, 'Joined the Temporal dev server');
    let released: Promise<void> | undefined;
    return {
      ...{ address, uiUrl, namespace, pid, startedByUs, logFile: logFileOf(home) },
      release: () => {
        released ??= withStartLock(home, () => leave(home, userFile, log));
        return released;
      },
    };
  });

  async function start(): Promise<LiveState> {
    const { mayInstall = true, onStarting } = input;
    const binary = input.binary ?? (await findTemporalBinary({ home, log, mayInstall })).path;
    return startServer({
      ...{ home, binary, databaseFile, namespace, keep, searchAttributes, log },
      ...definedOf({ onStarting }),
    });
  }
}

/** The home's live dev server; waits for one that is starting. Never starts one. */
export async function findLiveDevServer(home: string): Promise<DevServer | undefined> {
  const realHome = await realpath(home).catch(() => undefined);
  if (realHome === undefined) return undefined;
  const deadlineMs = Date.now() + readyTimeoutMs;
  for (;;) {
    const noted = await readServerState(realHome);
    if (noted?.state === 'stopping') return undefined;
    const live = await findLiveState(realHome, path.join(realHome, 'temporal.db'));
    if (live === undefined && noted === undefined) return undefined;
    if (live !== undefined && (await isAnswering(live.address, live.namespace))) {
      const { address, uiUrl, namespace, pid } = live;
      return { address, uiUrl, namespace, pid };
    }
    const mayStillCome = live !== undefined || (await isLockTaken(realHome));
    if (!mayStillCome || Date.now() > deadlineMs) return undefined;
    await delay(findPollMs);
  }
}

/** Stops the home's dev server, even if it has users. Returns whether there was one. */
export async function stopDevServer(home: string): Promise<boolean> {
  const realHome = await realpath(home).catch(() => undefined);
  if (realHome === undefined) return false;
  return withStartLock(realHome, () => stop(realHome));
}

/**
 * The state in `temporal.json` if it is correct; otherwise a server found on the database, as after
 * its starter died.
 */
async function findLiveState(home: string, databaseFile: string): Promise<LiveState | undefined> {
  const noted = await readServerState(home);
  if (noted?.pid !== undefined && (await isServerOn(noted.databaseFile, noted.pid))) {
    return { ...noted, pid: noted.pid };
  }
  const found = await findServerOn(noted?.databaseFile ?? databaseFile);
  if (found === undefined) return undefined;
  const { isKept = false, starterPid = process.pid } = noted ?? {};
  return {
    ...{ state: 'starting', databaseFile: noted?.databaseFile ?? databaseFile, isKept, starterPid },
    ...found,
  };
}

/**
 * A server whose stopper died may still answer while it shuts down. Wait for its end instead of
 * adopting it.
 */
async function findUsableState(home: string, databaseFile: string): Promise<LiveState | undefined> {
  const live = await findLiveState(home, databaseFile);
  if (live?.state !== 'stopping') return live;
  await stop(home);
  return undefined;
}

/** Undefined if the server ended meanwhile. */
async function adopt(home: string, live: LiveState): Promise<LiveState | undefined> {
  const { pid, databaseFile, address, namespace } = live;
  const answer = await waitForAnswer({
    ...{ address, namespace, timeoutMs: readyTimeoutMs },
    isGone: async () => !(await isServerOn(databaseFile, pid)),
  });
  if (answer === 'gone') return undefined;
  if (answer !== 'ready') {
    throw new DevServerStartError(
      `The Temporal dev server (process ${pid}) does not answer at ${address}; stop it and try again, its log is ${logFileOf(home)}`,
    );
  }
  await markDatabaseComplete(databaseFile);
  const ready: LiveState = { ...live, state: 'ready' };
  await writeServerState(home, ready);
  return ready;
}

async function leave(home: string, userFile: string, log: DevServerLog): Promise<void> {
  await rm(userFile, { force: true });
  if ((await countServerUsers(home)) > 0) return;
  const noted = await readServerState(home);
  if (noted === undefined || noted.isKept) return;
  await stop(home);
  log.info({ pid: noted.pid }, 'Stopped the Temporal dev server: it has no users left');
}

async function stop(home: string): Promise<boolean> {
  const live = await findLiveState(home, path.join(home, 'temporal.db'));
  if (live !== undefined) {
    await writeServerState(home, { ...live, state: 'stopping' });
    await terminateServer(live.databaseFile, live.pid);
  }
  await removeServerState(home);
  return live !== undefined;
}

async function resolveFile(file: string): Promise<string> {
  return path.join(await realpath(path.dirname(file)), path.basename(file));
}
