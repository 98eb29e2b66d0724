import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { paymentOptions } from '../../src/gateway/payment-options/provider.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const docs = (await readdir(`${root}docs`, { recursive: true })).filter((name) => name.endsWith('.md'));
const paths = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', ...docs.map((name) => `docs/${name}`)];
const pages = new Map(
  await Promise.all(
    paths.map(async (path): Promise<[string, string]> => [path, await readFile(join(root, path), 'utf8')]),
  ),
);

/** The names under which GitHub links to a page's headings. */
function anchorsOf(page: string): Set<string> {
  const headings = page.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm);
  return new Set(
    Array.from(headings, ([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}

test('Every link of a page leads to a file and a heading that are there', () => {
  let found = 0;
  for (const [path, page] of pages) {
    for (const [, target = ''] of page.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      found += 1;
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? path : join(dirname(path), file).replace(/\/$/, '');
      assert.ok(existsSync(join(root, linked)), `${path} links to ${target}`);
      if (anchor === undefined) continue;
      assert.ok(anchorsOf(pages.get(linked) ?? '').has(anchor), `${path} links to ${target}`);
    }
  }
  assert.ok(found > 30);
});

test('Every path of the project that a page names is there', () => {
  let found = 0;
  for (const [path, page] of pages) {
    for (const [, named = ''] of page.matchAll(/`((?:src|test|scripts|samples|api|bench)\/[\w./-]+)`/g)) {
      found += 1;
      assert.ok(existsSync(join(root, named)), `${path} names ${named}`);
    }
  }
  assert.ok(found > 30, `${found} paths`);
});

test('Every decision has a number of its own, in a row from 1, and says context, decision and consequences', () => {
  const decisions = paths.filter((path) => path.startsWith('docs/decisions/')).sort();
  assert.ok(decisions.length >= 10);
  for (const [index, path] of decisions.entries()) {
    const page = pages.get(path) ?? '';
    assert.match(path, new RegExp(`/${String(index + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`));
    assert.ok(page.startsWith(`# ${index + 1}. `), path);
    const headings = Array.from(page.matchAll(/^## (.+)$/gm), ([, heading]) => heading);
    assert.deepEqual(headings, ['Context', 'Decision', 'Consequences'], path);
  }
});

test('Every setting that the program reads is in the reference, and no page names another', async () => {
  const config = await readFile(join(root, 'src/config.ts'), 'utf8');
  const { baseUrl, timeoutMs, keys } = paymentOptions.settings;
  const settings = /(?:PAYMENT_OPTIONS|CARDLIFT)_[A-Z_]*[A-Z]/g;
  const read = new Set([
    ...(config.match(/^ {2}(CARDLIFT_[A-Z_]+):/gm) ?? []).map((name) => name.trim().slice(0, -1)),
    ...[baseUrl.name, timeoutMs.name, ...Object.keys(keys)],
  ]);
  assert.ok(read.size > 5);
  assert.deepEqual([...new Set(pages.get('docs/commands.md')?.match(settings))].sort(), [...read].sort());
  let found = 0;
  for (const [path, page] of pages) {
    for (const name of page.match(settings) ?? []) {
      found += 1;
      assert.ok(read.has(name), `${path} names ${name}`);
    }
  }
  assert.ok(found > 30, `${found} settings`);
});

test('The README can be read in one go: under 120 lines', () => {
  assert.ok((pages.get('README.md') ?? '').split('\n').length < 120);
});
