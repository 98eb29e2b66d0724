import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wrapLine } from '../../../src/cli/output/wrapped-text.ts';

test('a wrapped line has every word in order, and no line above 80 columns that could be broken', () => {
  const word = fc.stringMatching(/^[a-z/.-]{1,100}$/);
  fc.assert(
    fc.property(fc.nat(6), fc.nat(10), fc.array(word, { minLength: 1 }), (start, indent, words) => {
      const lines = wrapLine(' '.repeat(start) + words.join(' '), indent).split('\n');
      assert.deepEqual(lines.join(' ').trim().split(/ +/), words);
      for (const [index, line] of lines.entries()) {
        const blanks = index === 0 ? start : indent;
        assert.equal(line.slice(0, blanks).trim(), '');
        assert.ok(line.length <= 80 || !line.slice(blanks).includes(' '), line);
      }
    }),
  );
});

test('East Asian characters count as two columns', () => {
  assert.equal(wrapLine(`${'あ'.repeat(38)} abcd`), `${'あ'.repeat(38)}\nabcd`);
  assert.equal(wrapLine(`${'あ'.repeat(38)} abc`), `${'あ'.repeat(38)} abc`);
});
