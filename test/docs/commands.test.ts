import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commandNames, commandsNotYetAvailable } from '../../scripts/docs/commands-page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const existing = new Set([...commandNames(), 'help']);
const notYetAvailable: ReadonlySet<string> = new Set(commandsNotYetAvailable);

async function readPages(): Promise<[path: string, text: string][]> {
  const names = (await readdir(`${root}docs`, { recursive: true })).filter((name) => name.endsWith('.md'));
  const paths = [
    'README.md',
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    ...names.map((name) => `docs/${name}`),
  ];
  return await Promise.all(
    paths.map(async (path): Promise<[string, string]> => [path, await readFile(`${root}${path}`, 'utf8')]),
  );
}

test('a command listed as "not available yet" does not exist', () => {
  assert.deepEqual(
    commandsNotYetAvailable.filter((name) => existing.has(name)),
    [],
    'describe the command in docs/ and remove it from commandsNotYetAvailable (scripts/docs/commands-page.ts)',
  );
});

test('every command that a page shows exists', async () => {
  let found = 0;
  for (const [path, text] of await readPages()) {
    // In code only: a line of a fence, or between backticks.
    for (const [, name = ''] of text.matchAll(
      /(?:^|`|run -s |node_modules\/\.bin\/)cardlift (?:-- )?([a-z][a-z-]*)\b/gm,
    )) {
      found += 1;
      assert.ok(existing.has(name), `${path} shows: cardlift ${name}`);
      assert.ok(!notYetAvailable.has(name), path);
    }
    for (const [, name = ''] of text.matchAll(/run -s cardlift -- ([a-z][a-z-]*)/g)) {
      assert.ok(existing.has(name), `${path} shows: npm run -s cardlift -- ${name}`);
    }
  }
  assert.ok(found > 10);
});

test('every option that a page shows belongs to a command', async () => {
  const commandsPage = await readFile(`${root}docs/commands.md`, 'utf8');
  const options = new Set(commandsPage.match(/--[a-z][a-z-]*/g));
  assert.ok(options.size > 20);
  let found = 0;
  for (const [path, text] of await readPages()) {
    for (const [line] of text.matchAll(
      /^.*\bcardlift (?:-- )?(?:run|start|worker|up|validate|results|watch) .*$/gm,
    )) {
      for (const option of line.match(/(?<![\w-])--[a-z][a-z-]+/g) ?? []) {
        found += 1;
        assert.ok(options.has(option), `${path}: ${option}`);
      }
    }
  }
  assert.ok(found > 20, `${found} options`);
});
