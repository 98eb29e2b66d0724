import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commandNames, commandsNotThereYet } from '../../scripts/docs/commands-page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const there = new Set([...commandNames(), 'help']);
const notThere: ReadonlySet<string> = new Set(commandsNotThereYet);

async function readPages(): Promise<[path: string, text: string][]> {
  const names = (await readdir(`${root}docs`, { recursive: true })).filter((name) => name.endsWith('.md'));
  const paths = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', ...names.map((name) => `docs/${name}`)];
  return await Promise.all(
    paths.map(async (path): Promise<[string, string]> => [path, await readFile(`${root}${path}`, 'utf8')]),
  );
}

test('A command that is called "not there yet" is not there', () => {
  assert.deepEqual(
    commandsNotThereYet.filter((name) => there.has(name)),
    [],
    'describe the command in docs/ and take it out of commandsNotThereYet (scripts/docs/commands-page.ts)',
  );
});

test('Every command that a page tells to type exists', async () => {
  let found = 0;
  for (const [path, text] of await readPages()) {
    // In code only: a line of a fence, or between backticks.
    for (const [, name = ''] of text.matchAll(
      /(?:^|`|run -s |node_modules\/\.bin\/)cardlift (?:-- )?([a-z][a-z-]*)\b/gm,
    )) {
      found += 1;
      assert.ok(there.has(name), `${path} tells to type: cardlift ${name}`);
      assert.ok(!notThere.has(name), path);
    }
    for (const [, name = ''] of text.matchAll(/run -s cardlift -- ([a-z][a-z-]*)/g)) {
      assert.ok(there.has(name), `${path} tells to type: npm run -s cardlift -- ${name}`);
    }
  }
  assert.ok(found > 10);
});

test('Every option that a page names belongs to some command', async () => {
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
