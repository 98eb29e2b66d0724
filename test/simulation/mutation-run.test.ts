import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRun } from './mutation-run.ts';

const ended = '| what | times | seeds with it |\n\n7 seeds, 1 with a violation, 500 steps a seed\n';
const violation = (text: string): string => `seed 7: ${text}\n  2 rows\n${ended}`;

test('a mutant whose run ends with a violation is found by that seed', () => {
  const found = readRun(1, violation('charged twice: a b'));
  assert.deepEqual(found, { kind: 'found', seed: 7, violation: 'charged twice: a b' });
});

test('a mutant whose run ends without a violation is missed', () => {
  assert.deepEqual(readRun(0, ended), { kind: 'missed' });
});

test('a mutant that does not start is an error, whatever its exit code', () => {
  for (const exitCode of [0, 1, 7, null]) {
    assert.equal(readRun(exitCode, '').kind, 'error');
    assert.equal(readRun(exitCode, 'node:internal/modules/esm: cannot find x').kind, 'error');
  }
});

test('a mutant that is killed after its violation is an error', () => {
  assert.equal(readRun(null, violation('charged twice: a b')).kind, 'error');
});

test('a mutant that is no program any more is an error, although its seed fails', () => {
  for (const name of ['ReferenceError', 'TypeError', 'SyntaxError']) {
    assert.equal(readRun(1, violation(`failed: ${name}: x is not defined`)).kind, 'error');
  }
});

test('a mutant whose activities are retried for a defect is an error', () => {
  const output = `seed 7: stuck: Not over\n| retry: ReferenceError | 9 | 1 |\n${ended}`;
  assert.equal(readRun(1, output).kind, 'error');
});
