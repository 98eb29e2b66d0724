/* docs/add-a-gateway.md against the second provider, which was added as the page says. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(`${root}docs/add-a-gateway.md`, 'utf8');

const codeLines = async (path: string): Promise<string[]> =>
  (await readFile(`${root}${path}`, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('export'))
    .map((line) => line.replace(/'[^']*\/([a-z-]+\/)?provider\.ts'/, "'PROVIDER'"));

test('the page lists exactly the files of the second provider', async () => {
  const listed = Array.from(page.matchAll(/^\| `([a-z-]+(?:\.test)?\.ts)`/gm), ([, name]) => name);
  // The list with one more line, and the loader that puts it in place, represent the changed line.
  const isLine = (name: string): boolean => name === 'providers.ts' || name === 'list-second-provider.ts';
  const present = (await readdir(`${root}test/gateway/second-provider`)).filter((name) => !isLine(name));
  assert.deepEqual(listed.sort(), present.sort());
});

test('the list of providers differs in the one line that the page shows', async () => {
  const before = await codeLines('src/gateway/providers.ts');
  const after = await codeLines('test/gateway/second-provider/providers.ts');
  const [, shown = ''] = /```ts\n(export .*)\n```/.exec(page) ?? [];
  const line = shown.replace(/'[^']*'/, "'PROVIDER'");
  assert.match(line, /^export \{ exampleVault \}/);
  assert.deepEqual(after, [...before, line]);
});
