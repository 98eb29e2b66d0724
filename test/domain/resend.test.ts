import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowOutcomes } from '../../src/contract/outcome.ts';
import { type RowErrorCode, rowErrorCodes } from '../../src/domain/error-codes.ts';
import { mayBeSentAgain, type ResendChoice } from '../../src/domain/resend.ts';

const codes = Object.keys(rowErrorCodes) as RowErrorCode[];
/** Requests everything that a redrive can request. */
const everything: ResendChoice = { includesSoftDeclines: true, hasFile: true };

for (const outcome of rowOutcomes) {
  test(`a row that is ${outcome} with a code of another outcome is never sent again`, () => {
    const others = codes.filter((code) => rowErrorCodes[code].outcome !== outcome);
    assert.ok(others.length > 10);
    for (const errorCode of others) {
      for (const choice of [everything, { ...everything, only: [errorCode] }]) {
        assert.equal(mayBeSentAgain({ outcome, errorCode }, choice), false, errorCode);
      }
    }
  });
}

test('a row without a code, or with an unknown one, is not sent again', () => {
  for (const outcome of rowOutcomes) {
    assert.equal(mayBeSentAgain({ outcome }, everything), false, outcome);
    assert.equal(mayBeSentAgain({ outcome, errorCode: 'toString' }, everything), false, outcome);
  }
});

const cases: readonly (readonly [
  what: string,
  errorCode: RowErrorCode,
  choice: Partial<ResendChoice>,
  expected: boolean,
])[] = [
  ['failed', 'request_refused', {}, true],
  ['not sent', 'batch_cancelled', {}, true],
  ['failed, and other codes are asked for', 'request_refused', { only: ['batch_cancelled'] }, false],
  ['a soft decline', 'declined_soft', {}, false],
  ['a soft decline that is asked for', 'declined_soft', { includesSoftDeclines: true }, true],
  ['a hard decline', 'declined_hard', everything, false],
  ['rejected, without a file', 'card_expired', {}, false],
  ['rejected, with a file', 'card_expired', { hasFile: true }, true],
  ['another card than it had, with a file', 'card_changed', { hasFile: true }, false],
  ['another card than it had, asked for', 'card_changed', { hasFile: true, only: ['card_changed'] }, true],
  ['unknown', 'unknown_timeout', everything, false],
  ['charged without a token', 'charged_no_token', everything, false],
];
for (const [what, errorCode, choice, expected] of cases) {
  test(`a row that is ${what} may ${expected ? '' : 'not '}be sent again`, () => {
    const { outcome } = rowErrorCodes[errorCode];
    const asked = { includesSoftDeclines: false, hasFile: false, ...choice };
    assert.equal(mayBeSentAgain({ outcome, errorCode }, asked), expected);
  });
}
