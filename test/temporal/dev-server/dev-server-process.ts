import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a process of `dev-server-joiner.ts` prints when it has joined. */
export interface Joined {
  readonly address: string;
  readonly pid: number;
  readonly startedByUs: boolean;
}

export interface JoinerProcess {
  readonly child: ChildProcess;
  /** Resolves when the process has joined; rejects if it ends before. */
  readonly joined: Promise<Joined>;
  /** Releases the lease and waits for the process's end. */
  leave(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

/**
 * Starts a process that joins the dev server of `home`. With `dieAfterSpawn` it kills itself (-9)
 * right after it spawned one.
 */
export function startJoiner(
  home: string,
  binary: string,
  mode: 'join' | 'die-after-spawn' = 'join',
): JoinerProcess {
  const script = fileURLToPath(new URL('./dev-server-joiner.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, home, binary, mode], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const joined = Promise.race([
    once(lines, 'line').then(([line]) => JSON.parse(String(line)) as Joined),
    ended.then(([code, signal]) => {
      throw new Error(`The joiner ended before it had joined (${code ?? signal})`);
    }),
  ]);
  joined.catch(() => undefined);
  return {
    child,
    joined,
    leave: async () => {
      child.stdin.end();
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
