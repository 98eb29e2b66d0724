import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  classifyExpiry,
  isExpired,
  isExpiringSoon,
  parseExpiry,
  parseExpiryParts,
} from '../../src/domain/expiry.ts';

const december2029 = { month: '12', year: '2029' };

for (const [text, expected] of [
  ['12/29', december2029],
  ['12/2029', december2029],
  ['1229', december2029],
  ['122029', december2029],
  ['2029-12', december2029],
  ['01/30', { month: '01', year: '2030' }],
  ['012030', { month: '01', year: '2030' }],
  ['', 'expiry_missing'],
  ['129', 'expiry_format'],
  ['12029', 'expiry_format'],
  ['1/29', 'expiry_format'],
  ['1/2029', 'expiry_format'],
  ['12-29', 'expiry_format'],
  ['12/2029 ', 'expiry_format'],
  ['2029/12', 'expiry_format'],
  ['2029-1', 'expiry_format'],
  ['2029-12-31', 'expiry_format'],
  ['Dec-29', 'expiry_format'],
  ['１２/２９', 'expiry_format'],
  ['202912', 'expiry_month_range'],
  ['2912', 'expiry_month_range'],
  ['00/29', 'expiry_month_range'],
  ['13/29', 'expiry_month_range'],
  ['2029-00', 'expiry_month_range'],
] as const) {
  test(`an expiry cell "${text}" reads as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(parseExpiry(text), expected);
  });
}

for (const [month, year, expected] of [
  ['12', '2029', december2029],
  ['12', '29', december2029],
  ['1', '29', { month: '01', year: '2029' }],
  ['', '2029', 'expiry_missing'],
  ['12', '', 'expiry_missing'],
  ['012', '2029', 'expiry_format'],
  ['12', '029', 'expiry_format'],
  ['Dec', '2029', 'expiry_format'],
  ['0', '2029', 'expiry_month_range'],
  ['13', '2029', 'expiry_month_range'],
] as const) {
  test(`an expiry month "${month}" and year "${year}" read as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(parseExpiryParts(month, year), expected);
  });
}

test('a card is valid on the last day of its month and expired on the next', () => {
  assert.equal(isExpired('11', '2026', '2026-11-30'), false);
  assert.equal(isExpired('11', '2026', '2026-12-01'), true);
  assert.equal(isExpired('12', '2026', '2027-01-01'), true);
});

test('a year more than twenty years away, in either direction, is out of range rather than expired', () => {
  assert.equal(classifyExpiry({ month: '12', year: '2046' }, '2026-11-23'), undefined);
  assert.equal(classifyExpiry({ month: '01', year: '2047' }, '2026-11-23'), 'expiry_year_range');
  assert.equal(classifyExpiry({ month: '12', year: '2006' }, '2026-11-23'), 'card_expired');
  assert.equal(classifyExpiry({ month: '12', year: '0029' }, '2026-11-23'), 'expiry_year_range');
});

test('a card expires soon in its month and in the month before, across a new year', () => {
  assert.equal(isExpiringSoon('12', '2026', '2026-12-31'), true);
  assert.equal(isExpiringSoon('01', '2027', '2026-12-31'), true);
  assert.equal(isExpiringSoon('02', '2027', '2026-12-31'), false);
});

test('every month of every year reads the same in all formats', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 2000, max: 2099 }), (number, fullYear) => {
      const month = String(number).padStart(2, '0');
      const year = String(fullYear);
      const short = year.slice(2);
      const shapes = [
        `${month}/${short}`,
        `${month}/${year}`,
        `${month}${short}`,
        month + year,
        `${year}-${month}`,
      ];
      for (const shape of shapes) assert.deepEqual(parseExpiry(shape), { month, year });
      assert.deepEqual(parseExpiryParts(String(number), short), { month, year });
    }),
  );
});

test('an expiry that a program exported with decimals has its own code', () => {
  assert.equal(parseExpiryParts('8.0', '2029.0'), 'expiry_decimal');
  assert.equal(parseExpiryParts('08', '29.00'), 'expiry_decimal');
  assert.equal(parseExpiry('829.0'), 'expiry_decimal');
  assert.equal(parseExpiry('08.2029'), 'expiry_format');
});
