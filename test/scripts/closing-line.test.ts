import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closingLineOf } from '../../scripts/closing-line.ts';

test('the closing line of a run without skipped tests says what passed and failed, and nothing else', () => {
  assert.equal(closingLineOf({ passed: 1_894, failed: 0, skipped: 0 }), '1894 passed, 0 failed');
});

test('the closing line of a run with skipped tests begins the same, and counts them at its end', () => {
  assert.equal(closingLineOf({ passed: 1_892, failed: 1, skipped: 2 }), '1892 passed, 1 failed, 2 skipped');
});
