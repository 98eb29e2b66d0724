import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScientificNotation, isSpreadsheetLike } from '../../src/domain/spreadsheet-damage.ts';

for (const ref of ['1.00E+11', '1.23457E+17', '1,00E+11', '9E+15', '4.11e+15']) {
  test(`the reference ${ref} has lost its digits`, () => assert.equal(isScientificNotation(ref), true));
}

for (const ref of [
  '123456789012345000',
  '12.0',
  '13,00',
  'Mar-01',
  '1-Mar',
  '1-Mar-26',
  '01. Mai',
  'Sept-2026',
  '2026-03-01',
  '2026/3/1',
  '3/1/2026',
  '01.03.2026',
  '2026-03-01 00:00:00',
  '3月1日',
]) {
  test(`the reference ${ref} may have been changed by a spreadsheet`, () =>
    assert.equal(isSpreadsheetLike(ref), true));
}

for (const ref of [
  'cust-1',
  '12E3',
  '1E5',
  '100000',
  '123456789012345',
  '1.2.3',
  '12.5',
  'march-01',
  '2026-0301',
  '3/1',
  '=1',
]) {
  test(`the reference ${ref} is an ordinary one`, () => {
    assert.equal(isScientificNotation(ref), false);
    assert.equal(isSpreadsheetLike(ref), false);
  });
}
