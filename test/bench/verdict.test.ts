import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Books, judgeRun, type ResultRow } from '../../bench/alternatives/verdict.ts';

const refByFingerprint = new Map([
  ['card-1', 'ref-1'],
  ['card-2', 'ref-2'],
  ['card-3', 'ref-3'],
]);
const tokenized = (row: number): ResultRow => ({
  ref: `ref-${row}`,
  outcome: 'tokenized',
  token: `token-${row}`,
});
const charge = (row: number, token = `token-${row}`, answered = true) => ({
  cardFingerprint: `card-${row}`,
  storedPaymentMethodId: token,
  answered,
});
const judge = (charges: Books['charges'], results: Books['results']) =>
  judgeRun({ refByFingerprint, charges, results });

test('A run whose results report every charge has no faults', () => {
  const verdict = judge([charge(1), charge(2), charge(3)], [1, 2, 3].map(tokenized));
  assert.deepEqual(verdict, {
    rowsChargedTwice: 0,
    tokensLost: 0,
    unreportedCharges: 0,
    rowsWithoutResult: 0,
    rowsForPerson: 0,
    rowsTokenized: 3,
  });
});

test('A row charged again counts as charged twice, and its first token, if answered, as lost', () => {
  const results = [1, 2, 3].map(tokenized);
  const answered = judge([charge(1, 'first'), charge(1), charge(2), charge(3)], results);
  assert.equal(answered.rowsChargedTwice, 1);
  assert.equal(answered.tokensLost, 1);
  assert.equal(answered.unreportedCharges, 1);
  const unanswered = judge([charge(1, 'first', false), charge(1), charge(2), charge(3)], results);
  assert.equal(unanswered.rowsChargedTwice, 1);
  assert.equal(unanswered.tokensLost, 0);
  assert.equal(unanswered.unreportedCharges, 1);
});

test('A charge of an unknown row counts as reported, pending a person', () => {
  const verdict = judge([charge(1)], [{ ref: 'ref-1', outcome: 'unknown', token: '' }]);
  assert.equal(verdict.tokensLost, 0);
  assert.equal(verdict.unreportedCharges, 0);
  assert.equal(verdict.rowsForPerson, 1);
  assert.equal(verdict.rowsWithoutResult, 2);
});

test('A charge of a declined or missing row counts as unreported, and its token as lost', () => {
  const verdict = judge([charge(1), charge(2)], [{ ref: 'ref-1', outcome: 'declined', token: '' }]);
  assert.equal(verdict.unreportedCharges, 2);
  assert.equal(verdict.tokensLost, 2);
});

test('A ledger of another file is refused', () => {
  assert.throws(() => judge([charge(9)], []), /no row of the input/);
});
