import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutcomeCounts } from '../../src/contract/outcome.ts';
import { answeredOf, isToleranceExceeded, withoutTokenOf } from '../../src/domain/tolerance.ts';

test('rows that were never sent are not counted as answered', () => {
  const counts: OutcomeCounts = { tokenized: 3, rejected: 50, skipped: 4, not_sent: 7 };
  assert.deepEqual([answeredOf(counts), withoutTokenOf(counts)], [3, 0]);
});

test('every way to end without a token counts', () => {
  const counts: OutcomeCounts = {
    tokenized: 3,
    declined: 1,
    failed: 1,
    charged_without_token: 1,
    unknown: 1,
  };
  assert.deepEqual([answeredOf(counts), withoutTokenOf(counts)], [7, 4]);
});

const cases: readonly [string, OutcomeCounts, OutcomeCounts, number, boolean][] = [
  ['99 answers, all bad', { declined: 99 }, {}, 20, false],
  ['the hundredth', { declined: 100 }, {}, 20, true],
  ['exactly a fifth', { tokenized: 80, declined: 20 }, {}, 20, false],
  ['one more than a fifth', { tokenized: 79, declined: 21 }, {}, 20, true],
  ['one, where none is tolerated', { tokenized: 99, unknown: 1 }, {}, 0, true],
  ['none, where none is tolerated', { tokenized: 100 }, {}, 0, false],
  ['all, where all is tolerated', { failed: 500 }, {}, 100, false],
  ['a fraction of a percent', { tokenized: 1990, declined: 10 }, {}, 0.5, false],
  ['a fraction of a percent and one', { tokenized: 1989, declined: 11 }, {}, 0.5, true],
  ['rejected rows beside', { tokenized: 100, rejected: 900 }, {}, 20, false],
  ['too few since the resume', { tokenized: 80, declined: 119 }, { tokenized: 80, declined: 20 }, 20, false],
  ['enough since the resume', { tokenized: 80, declined: 120 }, { tokenized: 80, declined: 20 }, 20, true],
  ['good since the resume', { tokenized: 180, declined: 100 }, { tokenized: 80, declined: 100 }, 20, false],
];

for (const [name, counts, base, percent, isExceeded] of cases) {
  test(`${name}: ${isExceeded ? 'exceeds' : 'does not exceed'} ${percent} %`, () => {
    assert.equal(isToleranceExceeded(counts, base, percent), isExceeded);
  });
}
