import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isOutputOf, readPageCommands } from '../support/page-commands.ts';
import { testTemporalBinary } from '../support/temporal-binary.ts';
import { startShellSession } from './shell-session.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const home = await mkdtemp(join(tmpdir(), 'cardlift-readme-'));
after(() => rm(home, { recursive: true, force: true }));

test('npm start prints what the README shows', async () => {
  const commands = readPageCommands(await readFile(join(project, 'README.md'), 'utf8'));
  const shown = commands.find(({ text }) => text === 'npm ci && npm start')?.output ?? '';
  assert.match(shown, /0 of them twice/);
  const shell = startShellSession({
    folder: project,
    environment: {
      PATH: `${dirname(await testTemporalBinary())}:${process.env.PATH ?? ''}`,
      HOME: home,
      // npm's own news would appear below the output.
      npm_config_update_notifier: 'false',
      TMPDIR: tmpdir(),
    },
  });
  try {
    const { exitCode, output } = await shell.run('npm start');
    assert.equal(exitCode, 0, output);
    assert.ok(isOutputOf(shown, output), `--- the README shows\n${shown}\n--- npm start gave\n${output}`);
  } finally {
    await shell.end();
  }
});
