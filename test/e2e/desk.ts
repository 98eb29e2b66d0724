/*
 * A desk: a shell in which `cardlift` is the program, with its own storage and embedded Temporal.
 * It can be copied.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { testTemporalBinary } from '../support/temporal-binary.ts';
import { type ShellSession, startShellSession } from './shell-session.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const program =
  process.env.CARDLIFT_TEST_BUILT === '1'
    ? [join(project, 'dist/starter.js')]
    : ['--import', join(project, 'node_modules/tsx/dist/loader.mjs'), join(project, 'src/starter.ts')];

export interface Desk {
  readonly folder: string;
  /** Types a command and waits for its end. */
  type: ShellSession['run'];
  /** The last line of a command's output, as JSON. */
  ask(command: string): Promise<Readonly<Record<string, unknown>>>;
  /** Another desk with everything in this one's folder. None of it may be running. */
  copy(): Promise<Desk>;
  /** Stops everything started here and removes the folder. */
  clear(): Promise<void>;
}

export async function openDesk(
  baseUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-desk-'));
  const home = join(folder, 'home');
  const shell = startShellSession({
    folder,
    environment: {
      PATH: `${dirname(await testTemporalBinary())}:${process.env.PATH ?? ''}`,
      HOME: folder,
      TMPDIR: tmpdir(),
      CARDLIFT_HOME: home,
      PAYMENT_OPTIONS_BASE_URL: baseUrl,
      PAYMENT_OPTIONS_AUTHORIZATION: 'Basic simulator',
      PAYMENT_OPTIONS_X_API_KEY: 'simulator',
      PAYMENT_OPTIONS_TIMEOUT_MS: '2000',
      ...environment,
    },
  });
  await shell.run(
    `cardlift() { '${process.execPath}' ${program.map((word) => `'${word}'`).join(' ')} "$@"; }`,
  );
  return {
    folder,
    type: (command) => shell.run(command),
    async ask(command) {
      const { output } = await shell.run(command);
      return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Readonly<Record<string, unknown>>;
    },
    async copy() {
      const other = await openDesk(baseUrl, environment);
      await cp(folder, other.folder, { recursive: true });
      // The copy stands for the same storage at another moment.
      await other.type('cardlift confirm-move --yes');
      return other;
    },
    async clear() {
      await shell.end();
      await stopDevServer(home);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
