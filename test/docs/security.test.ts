import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const page = await readFile(new URL('docs/security.md', root), 'utf8');
const section = page.split('## PCI DSS')[1]?.split('\n## ')[0] ?? '';
const rows = section
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));

/** The points that concern a program that stores and sends card numbers. */
const points = [
  '3.2.1',
  '3.3.1',
  '3.4.1',
  '3.5.1',
  '3.5.1.1',
  '3.5.1.2',
  '3.6',
  '3.7',
  '4.2.1',
  '6.5.5',
  '6.5.6',
];

test('every point of PCI DSS that concerns the program has a row', () => {
  for (const point of [...points, '12.10.7']) {
    const found = rows.filter(([named = '']) =>
      new RegExp(`(^|, )${point.replaceAll('.', '\\.')}(?![.\\d]\\d)`).test(named),
    );
    assert.ok(found.length > 0, point);
  }
});

/** True if a test with this name runs: not in a comment, not skipped, not a todo. */
function callsTest(source: string, quotedName: string): boolean {
  return ['test', 't.test', 'it'].some((call) =>
    source
      .split('\n')
      .some(
        (line) =>
          line.trimStart().startsWith(`${call}(${quotedName}, `) && !/\b(?:skip|todo): true/.test(line),
      ),
  );
}

test('every row names existing tests, by their names', async () => {
  assert.ok(rows.length > 9);
  for (const [point, , proof = ''] of rows) {
    const named = [...proof.matchAll(/`(test\/[\w./-]+\.test\.ts)`: “([^”]+)”/g)];
    assert.ok(named.length > 0, `${point} names no test`);
    assert.equal(
      named.length,
      proof.split('<br>').length,
      `${point}: each proof is a file and a test's name`,
    );
    for (const [, file = '', name = ''] of named) {
      const source = await readFile(new URL(file, root), 'utf8');
      assert.ok(
        ["'", '"', '`'].some((quote) => callsTest(source, `${quote}${name}${quote}`)),
        `${point}: ${file} runs no test “${name}”`,
      );
      assert.match(source, /\bassert\b/, `${file} asserts something`);
    }
  }
});
