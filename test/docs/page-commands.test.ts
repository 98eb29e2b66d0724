import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOutputOf, readPageCommands } from '../support/page-commands.ts';

test('the commands of a page are read in order, each with its output; other fences are ignored', () => {
  const page = [
    'Text',
    '```sh',
    'a=1',
    'b=2',
    '```',
    '```console',
    '$ echo one \\',
    '  two',
    'one two',
    '$ true',
    '```',
    '```text',
    '$ no',
    '```',
  ].join('\n');
  assert.deepEqual(readPageCommands(page), [
    { line: 3, text: 'a=1\nb=2' },
    { line: 7, text: 'echo one \\\n  two', output: 'one two\n' },
    { line: 10, text: 'true', output: '' },
  ]);
});

test('an ellipsis on a page matches anything within a line, or any lines; nothing else may differ', () => {
  assert.ok(isOutputOf('a … c\n…\nz\n', 'a b c\nx\ny\nz'));
  assert.ok(isOutputOf('a\n…\n', '\na\n'));
  assert.ok(isOutputOf('', '\n'));
  assert.ok(!isOutputOf('a\nz\n', 'a\nb\nz'));
  assert.ok(!isOutputOf('a\n', 'a\nb'));
  assert.ok(!isOutputOf('a.c\n', 'abc'));
  assert.ok(!isOutputOf('', 'a'));
});
