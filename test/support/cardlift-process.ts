import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definedOf } from '../../src/domain/defined.ts';
import { stopDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { testTemporalBinary } from './temporal-binary.ts';

/** A `cardlift` command in its own process. */
export interface CardliftProcess {
  readonly pid: number;
  /** Its output so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when it has ended and all its output has arrived. */
  readonly exited: Promise<CardliftExit>;
  /**
   * The first matching line on either stream, already written or still to come. Rejects if the
   * process ends first.
   */
  waitForLine(pattern: RegExp): Promise<string>;
  /** Sends a signal; does not wait. */
  signal(name: NodeJS.Signals): void;
  /** Sends a signal, SIGKILL unless another is given, and waits for the end. */
  kill(name?: NodeJS.Signals): Promise<CardliftExit>;
}

/** A command with a terminal to type on. */
export interface TypedProcess extends CardliftProcess {
  type(keys: string): void;
}

export interface CardliftExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A site: its own folders, keys and settings, for several commands one after another. */
export interface CardliftSite {
  /** Contains everything below. Tests may put merchant files here, too. */
  readonly folder: string;
  /** CARDLIFT_HOME. */
  readonly home: string;
  readonly storageFolder: string;
  readonly outFolder: string;
  readonly merchantId: string;
  /** Starts a command; `environment` adds to the site's own. */
  start(args: readonly string[], environment?: Readonly<Record<string, string>>): CardliftProcess;
  /** Starts a command on a pseudo-terminal: everything it shows is its `stdout`. */
  startOnTerminal(args: readonly string[], environment?: Readonly<Record<string, string>>): TypedProcess;
  /** `cardlift run` of the file with the site's merchant and out folder. */
  startRun(
    file: string,
    more?: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): CardliftProcess;
  /** Kills what still runs, stops an embedded Temporal, and removes the folder. */
  remove(): Promise<void>;
}

export interface SiteInput {
  readonly baseUrl: string;
  /** The Temporal server's address. Absent: the site starts an embedded server. */
  readonly temporalAddress?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Runs the built program instead of its sources. `npm test` builds it, and sets this for all
   * sites.
   */
  readonly isBuilt?: boolean;
  /** Puts its commands' temporary files into the site's folder, for a test that looks at them. */
  readonly hasOwnTemporaryFolder?: true;
}

const projectFolder = fileURLToPath(new URL('../..', import.meta.url));
const terminalBridge = fileURLToPath(new URL('terminal-bridge.py', import.meta.url));
const sources = ['--import', 'tsx', fileURLToPath(new URL('../../src/starter.ts', import.meta.url))];
const built = [fileURLToPath(new URL('../../dist/starter.js', import.meta.url))];

/*
 * Loaded before the command's own code. It ends the command when its standard input closes, so that
 * no command outlives a killed test. Worker threads load it too, but have no standard input.
 */
export const lifeline = `data:text/javascript,${encodeURIComponent(`
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume().unref();
`)}`;
let sites = 0;

/** Creates a site. Each site has a different merchant, so sites may share a Temporal server. */
export async function createCardliftSite(input: SiteInput): Promise<CardliftSite> {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-site-'));
  const home = join(folder, 'home');
  const temporaryFolder = join(folder, 'tmp');
  await mkdir(temporaryFolder);
  sites += 1;
  const merchantId = `m${process.pid}-${sites}`;
  const outFolder = join(folder, 'out');
  const own = {
    PATH: `${dirname(await testTemporalBinary())}:${process.env.PATH ?? ''}`,
    HOME: home,
    // Shared, so that the loader's cache of compiled sources is shared, too.
    TMPDIR: input.hasOwnTemporaryFolder === true ? temporaryFolder : tmpdir(),
    CARDLIFT_HOME: home,
    CARDLIFT_STORAGE: join(folder, 'storage'),
    CARDLIFT_KEY_FILE: join(folder, 'keys', 'key.json'),
    PAYMENT_OPTIONS_BASE_URL: input.baseUrl,
    PAYMENT_OPTIONS_AUTHORIZATION: 'Basic simulator',
    PAYMENT_OPTIONS_X_API_KEY: 'simulator',
    PAYMENT_OPTIONS_TIMEOUT_MS: '2000',
    ...definedOf({ TEMPORAL_ADDRESS: input.temporalAddress }),
    ...input.environment,
  };
  const running = new Set<CardliftProcess>();
  const isBuilt = input.isBuilt ?? process.env.CARDLIFT_TEST_BUILT === '1';
  const program = isBuilt ? built : sources;

  const start: CardliftSite['start'] = (args, environment = {}) => {
    const child = spawn(process.execPath, ['--import', lifeline, ...program, ...args], {
      cwd: projectFolder,
      env: { ...own, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const command = followChild(child);
    running.add(command);
    void command.exited.finally(() => running.delete(command));
    return command;
  };
  const startOnTerminal: CardliftSite['startOnTerminal'] = (args, environment = {}) => {
    const typed = [...program, ...args];
    const child = spawn('python3', [terminalBridge, process.execPath, ...typed], {
      cwd: projectFolder,
      env: { ...own, TERM: 'xterm', ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const command = followChild(child);
    running.add(command);
    void command.exited.finally(() => running.delete(command));
    return Object.defineProperties(
      { type: (keys: string) => void child.stdin.write(keys) },
      {
        ...Object.getOwnPropertyDescriptors(command),
      },
    ) as TypedProcess;
  };
  return {
    folder,
    home,
    storageFolder: own.CARDLIFT_STORAGE,
    outFolder,
    merchantId,
    start,
    startOnTerminal,
    startRun: (file, more = [], environment = {}) =>
      start(
        ['run', file, '--merchant-id', merchantId, '--yes', '--json', '--out', outFolder, ...more],
        environment,
      ),
    async remove() {
      for (const command of running) await command.kill();
      await stopDevServer(home);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function followChild(child: ChildProcess): CardliftProcess {
  let stdout = '';
  let stderr = '';
  let isOver = false;
  const listeners = new Set<() => void>();
  const report = (): void => {
    for (const listener of [...listeners]) listener();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    report();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    report();
  });
  const exited = once(child, 'close').then(([code, signal]): CardliftExit => {
    isOver = true;
    report();
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr };
  });
  const findLine = (pattern: RegExp): string | undefined =>
    `${stdout}\n${stderr}`.split('\n').find((line) => pattern.test(line));

  return {
    pid: child.pid ?? 0,
    exited,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    waitForLine: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const line = findLine(pattern);
          if (line === undefined && !isOver) return;
          listeners.delete(look);
          if (line === undefined) reject(new Error(`The command ended without ${pattern}: ${stderr}`));
          else resolve(line);
        };
        listeners.add(look);
        look();
      }),
    signal: (name) => {
      child.kill(name);
    },
    kill: (name = 'SIGKILL') => {
      child.kill(name);
      return exited;
    },
  };
}
