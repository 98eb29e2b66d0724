import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowOutcomes } from '../../src/contract/outcome.ts';
import { errorCodeEntry, type RowErrorCode, rowErrorCodes } from '../../src/domain/error-codes.ts';

const codes = Object.keys(rowErrorCodes) as RowErrorCode[];

test('every code is a stable name for scripts, with sentences for people', () => {
  for (const code of codes) {
    const { text, nextStep } = errorCodeEntry(code);
    assert.match(code, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    for (const sentence of [text, nextStep]) {
      assert.match(sentence, /^\S.{4,}[^.\s]$/s, code);
      assert.doesNotMatch(sentence, /\d{5,}|\n/, code);
    }
  }
});

test('no two codes have the same text', () => {
  assert.equal(new Set(codes.map((code) => errorCodeEntry(code).text)).size, codes.length);
});

test('every outcome but tokenized has a code, and tokenized has none', () => {
  const outcomes = new Set(codes.map((code) => errorCodeEntry(code).outcome));
  assert.deepEqual(
    rowOutcomes.filter((outcome) => !outcomes.has(outcome)),
    ['tokenized'],
  );
});

/*
 * Which rows may be sent again decides whether a card is charged twice, so it is written here a
 * second time.
 */
for (const code of codes) {
  const { outcome, resend } = errorCodeEntry(code);
  test(`a row with ${code} is sent again only as its outcome ${outcome} allows`, () => {
    switch (outcome) {
      case 'tokenized':
        assert.fail('A tokenized row has no error');
        break;
      case 'charged_without_token':
      case 'skipped':
        assert.equal(resend, 'never');
        break;
      case 'unknown':
        assert.equal(resend, 'resolve');
        break;
      case 'rejected':
        assert.equal(resend, 'fix_file');
        break;
      case 'failed':
      case 'not_sent':
        assert.equal(resend, 'redrive');
        break;
      case 'declined': {
        const isSoft = code === 'declined_soft' || code === 'declined_system';
        assert.equal(resend, isSoft ? 'redrive' : 'never');
        break;
      }
    }
  });
}
