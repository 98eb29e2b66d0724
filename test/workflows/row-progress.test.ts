/* What a run of a shard knows of its rows, after another run gave back what it knew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RowProgress } from '../../src/workflows/row-progress.ts';
import { longestAnswer } from '../support/intents.ts';

const unwritten = { row: 2, intent: 1, answer: longestAnswer };

test('a row whose result could not be written is neither sent again nor forgotten', () => {
  const rows = new RowProgress({ answered: [[1, 2]], unwritten: [unwritten] });
  // The storage knows the row as open only.
  const opened = { toSend: [[2, 3]], counts: { tokenized: 1 } } as const;
  assert.equal(rows.forgottenIn(opened.toSend), 0);
  rows.load(opened);
  assert.deepEqual(rows.counts, { tokenized: 2 });
  assert.deepEqual([rows.take(), rows.take()], [3, undefined]);
  assert.deepEqual(rows.memory, { answered: [[1, 2]], unwritten: [unwritten] });
});

test('a row whose result was written is forgotten if the storage wants it sent', () => {
  const rows = new RowProgress({ answered: [[1, 2]], unwritten: [unwritten] });
  assert.equal(rows.forgottenIn([[1, 3]]), 1);
});
