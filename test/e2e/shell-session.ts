import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * One bash that runs commands one after another, as a person types them: each sees the settings and
 * jobs of those before it.
 */
export interface ShellSession {
  /**
   * Runs a command to its end; `$?` of the next is its exit code. Returns both output streams as
   * one.
   */
  run(command: string): Promise<{ readonly exitCode: number; readonly output: string }>;
  /** Ends the shell and its background jobs. */
  end(): Promise<void>;
}

export interface ShellSessionInput {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Ends the jobs when the shell ends. The shell ends when its standard input closes, so nothing
 * outlives a killed test. A job ends by its group: a function in the background is a separate
 * shell, and killing that alone would leave its command running.
 */
const opening = `exec 2>&1; set -m; trap 'for job in $(jobs -p); do kill -- "-$job" 2>/dev/null; done; wait' EXIT\n`;

/** Starts the shell. */
export function startShellSession({ folder, environment }: ShellSessionInput): ShellSession {
  const shell = spawn('bash', ['--norc', '--noprofile'], {
    cwd: folder,
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(shell, 'close');
  let output = '';
  let listener = (): void => undefined;
  const report = (text: string): void => {
    output += text;
    listener();
  };
  shell.stdout.setEncoding('utf8').on('data', report);
  shell.stdin.write(opening);
  let count = 0;

  return {
    run: (command) =>
      new Promise((resolve, reject) => {
        count += 1;
        const mark = `@@end-of-command-${count}@@`;
        listener = () => {
          const end = new RegExp(`^([\\s\\S]*?)\\n?${mark} (\\d+)\\n`).exec(output);
          if (end === null) return;
          output = output.slice(end[0].length);
          resolve({ output: end[1] ?? '', exitCode: Number(end[2]) });
        };
        void exited.then(() => reject(new Error(`The shell ended within: ${command}`)));
        // In braces, so that its settings stay. It does not read the shell's input, which is the
        // rest of the script.
        shell.stdin.write(
          `{\n${command}\n} </dev/null\n__code=$?; printf '\\n%s %s\\n' '${mark}' "$__code"; (exit "$__code")\n`,
        );
      }),
    async end() {
      shell.stdin.end();
      await exited;
    },
  };
}
