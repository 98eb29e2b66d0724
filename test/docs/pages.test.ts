import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { paymentOptions } from '../../src/gateway/payment-options/provider.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const docs = (await readdir(`${root}docs`, { recursive: true })).filter((name) => name.endsWith('.md'));
const paths = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...docs.map((name) => `docs/${name}`),
];
const pages = new Map(
  await Promise.all(
    paths.map(async (path): Promise<[string, string]> => [path, await readFile(join(root, path), 'utf8')]),
  ),
);

/** The anchors that GitHub gives a page's headings. */
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

test('every link of a page leads to a file and a heading that exist', () => {
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

test('every project path that a page names exists', () => {
  let found = 0;
  for (const [path, page] of pages) {
    for (const [, named = ''] of page.matchAll(
      /`((?:src|test|scripts|samples|api|bench|crash)\/[\w./-]+)`/g,
    )) {
      found += 1;
      assert.ok(existsSync(join(root, named)), `${path} names ${named}`);
    }
  }
  assert.ok(found > 30, `${found} paths`);
});

const decisions = paths.filter((path) => /^docs\/decisions\/\d/.test(path)).sort();

test('every decision has the next number, a status, a date, a context, a decision and consequences', () => {
  assert.ok(decisions.length >= 10);
  for (const [index, path] of decisions.entries()) {
    const page = pages.get(path) ?? '';
    assert.match(path, new RegExp(`/${String(index + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`));
    assert.ok(page.startsWith(`# ${index + 1}. `), path);
    const headings = Array.from(page.matchAll(/^## (.+)$/gm), ([, heading]) => heading);
    assert.deepEqual(headings, ['Context', 'Decision', 'Consequences'], path);
    assert.match(page, /^- Status: (?:accepted|superseded by \[?\d{4})/m, path);
    assert.match(page, /^- Date: \d{4}-\d\d-\d\d(?: \(updated \d{4}-\d\d-\d\d\))?$/m, path);
  }
});

test('the index of the decisions lists each with its number, title, status and date', () => {
  const lines = (pages.get('docs/decisions/README.md') ?? '')
    .split('\n')
    .filter((line) => /^\| \d/.test(line));
  const expected = decisions.map((path) => {
    const page = pages.get(path) ?? '';
    const [, number, title] = /^# (\d+)\. (.+)$/m.exec(page) ?? [];
    const [, status] = /^- Status: (.+)$/m.exec(page) ?? [];
    const [, date] = /^- Date: (.+)$/m.exec(page) ?? [];
    return `| ${number} | [${title}](${basename(path)}) | ${status} | ${date} |`;
  });
  assert.deepEqual(lines, expected);
});

test('the reference lists every setting that the program reads, and no page names another', async () => {
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

test('the README takes two minutes: under 120 lines and 620 words', () => {
  const readme = pages.get('README.md') ?? '';
  assert.ok(readme.split('\n').length < 120);
  const prose = readme.replace(/^```[\s\S]*?^```/gm, '');
  assert.ok(prose.split(/\s+/).length <= 620, 'about 300 words per minute, without code');
});

test('ARCHITECTURE.md is one page, and follows a row through at most 20 files from the command line to the results', () => {
  const architecture = pages.get('ARCHITECTURE.md') ?? '';
  assert.ok(architecture.split('\n').length <= 100);
  const section = architecture.split('## The path of a row')[1]?.split('\n## ')[0] ?? '';
  const files = Array.from(section.matchAll(/`(src\/[\w./-]+\.ts)`/g), ([, file]) => file);
  assert.equal(files[0], 'src/starter.ts');
  assert.equal(files.at(-1), 'src/results/result-files.ts');
  assert.ok(files.length >= 10 && files.length <= 20, `${files.length} files`);
});

test('no page has the marks of a merge conflict', () => {
  for (const [path, page] of pages) assert.doesNotMatch(page, /^(?:<{7}|={7}|>{7})(?: |$)/m, path);
});
