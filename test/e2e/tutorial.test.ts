import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stopDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { findFreePort } from '../../src/temporal/dev-server/free-port.ts';
import { readPageCommands } from '../support/page-commands.ts';
import { testTemporalBinary } from '../support/temporal-binary.ts';
import { walkPage } from './page-walk.ts';
import { startShellSession } from './shell-session.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'cardlift-tutorial-'));
const home = join(folder, 'cardlift-home');
after(async () => {
  await stopDevServer(home);
  await rm(folder, { recursive: true, force: true });
});

/** The page for this machine: where the checkout is, and a free port. */
async function readTutorial(): Promise<string> {
  const page = await readFile(join(project, 'docs/tutorial.md'), 'utf8');
  const port = String(await findFreePort());
  assert.match(page, /^checkout=~\/cardlift$/m);
  return page
    .replace('checkout=~/cardlift', `checkout='${project}'`)
    .replaceAll('127.0.0.1:4010', `127.0.0.1:${port}`)
    .replace('cardlift simulate', `cardlift simulate --port ${port}`);
}

test('the commands of the tutorial, typed in an empty folder, print what the page shows', async () => {
  const commands = readPageCommands(await readTutorial());
  assert.ok(commands.length > 25);
  const shell = startShellSession({
    folder,
    environment: {
      PATH: `${dirname(await testTemporalBinary())}:${process.env.PATH ?? ''}`,
      HOME: folder,
      TMPDIR: tmpdir(),
    },
  });
  try {
    await walkPage(shell, commands);
  } finally {
    await shell.end();
  }
});
