import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fillPage, startMarkOf } from '../../scripts/docs/markdown.ts';
import { generatedPages, remedy } from '../../scripts/docs/pages.ts';

const readPage = (path: string): Promise<string> =>
  readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

for (const { path, fill } of generatedPages) {
  test(`${path} matches the code it is generated from`, async () => {
    const present = await readPage(path);
    assert.ok((await fill(present)) === present, `${path} is out of date. Fix it with: ${remedy}`);
  });
}

const page = `Before\n${startMarkOf('one')}\nold\n<!-- end of the generated part -->\nAfter\n`;

test('a page gets its generated part and keeps the text around it', () => {
  const filled = fillPage(page, { one: 'new' });
  assert.match(filled, /^Before\n[\s\S]*\nnew\n[\s\S]*\nAfter\n$/);
  assert.doesNotMatch(filled, /old/);
  assert.equal(fillPage(filled, { one: 'new' }), filled);
});

test('a part without a mark on its page is an error, and so is a mark without a part', () => {
  assert.throws(() => fillPage('Nothing here', { one: 'new' }), /one/);
  assert.throws(() => fillPage(page, {}), /one/);
});
