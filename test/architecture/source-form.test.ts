import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSources } from './import-graph.ts';

const mostLines = 200;
const commentColumns = 100;

const sources = [...readSources(['src'])].filter(([path]) => !path.includes('/generated/'));

test(`no file of src has more than ${mostLines} lines, generated ones aside`, () => {
  assert.ok(sources.length > 200, 'the sources were found');
  const found = sources
    .map(([path, text]) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > mostLines);
  assert.deepEqual(found, []);
});

/** A line of a comment, or a line with a comment behind its code. */
const comment = /^\s*(?:\/\/|\/\*|\*(?:\s|\/|$))|[;,{}()[\]] \/\/ /;

/** The numbers of lines whose comments are too wide. A web address cannot be wrapped. */
function findWideComments(text: string): number[] {
  return text
    .split('\n')
    .flatMap((line, at) =>
      line.length > commentColumns && comment.test(line) && !/https?:\/\/\S+$/.test(line) ? [at + 1] : [],
    );
}

test(`no comment of src is wider than ${commentColumns} columns`, () => {
  const found = sources.flatMap(([path, text]) => findWideComments(text).map((line) => `${path}:${line}`));
  assert.deepEqual(found, []);
});

test('a wide comment is found in any position, and a wide string is not a comment', () => {
  const wide = 'word '.repeat(25).trim();
  for (const [text, found] of [
    [`// ${wide}\nconst a = 1;`, [1]],
    [`/**\n * ${wide}\n */\nexport const a = 1;`, [2]],
    [`function f() {\n  // ${wide}\n}`, [2]],
    [`const a = [\n  1, // ${wide}\n];`, [2]],
    [`const a = '// ${wide}';`, []],
    [`// see https://example.com/${'a'.repeat(120)}\n`, []],
  ] as const) {
    assert.deepEqual(findWideComments(text), found, text);
  }
});
