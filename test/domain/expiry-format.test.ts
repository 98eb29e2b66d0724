import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExpiryReader } from '../../src/domain/expiry-format.ts';

for (const [format, cell] of [
  ['M/YY', '8/29'],
  ['M/YYYY', '8/2029'],
  ['MM-YY', '08-29'],
  ['MM.YYYY', '08.2029'],
  ['M / YY', '08 / 29'],
  ['MYY', '829'],
  ['MYYYY', '82029'],
  ['YYMM', '2908'],
  ['YYYYMM', '202908'],
  ['YYYY/MM', '2029/08'],
  ['YYYY/M/D', '2029/8/1'],
  ['YYYY-MM-DD', '2029-08-31'],
  ['DD.MM.YYYY', '31.08.2029'],
  ['MMM-YY', 'Aug-29'],
  ['YY-MMM', '29-aug'],
  ['MMM YYYY', 'August 2029'],
  ['D-MMM-YYYY', '1-AUG-2029'],
  ['YYYY年M月', '2029年8月'],
  ['serial', '47361'],
] as const) {
  test(`${cell} is August 2029 in the format ${format}`, () =>
    assert.deepEqual(createExpiryReader(format)?.(cell), { month: '08', year: '2029' }));
}

for (const [format, cell, code] of [
  ['YYMM', '0829', 'expiry_month_range'],
  ['YYMM', '08/29', 'expiry_format'],
  ['M/YY', '13/29', 'expiry_month_range'],
  ['M/YY', '0829', 'expiry_format'],
  ['MM.YY', '08x29', 'expiry_format'],
  ['YYYY-MM-DD', '2029-08-32', 'expiry_format'],
  ['MMM-YY', 'Foo-29', 'expiry_format'],
  ['MMM-YY', 'Augment-29', 'expiry_format'],
  ['MMM-YY', 'Junk-29', 'expiry_format'],
  ['serial', '829', 'expiry_format'],
  ['M/YY', '', 'expiry_missing'],
] as const) {
  test(`"${cell}" in the format ${format} is ${code}`, () =>
    assert.equal(createExpiryReader(format)?.(cell), code));
}

for (const format of ['', 'MM', 'YY', 'MM/MM', 'MM/YY/YY', 'D/D/M/YY', 'MM|YY', 'M+YY', 'mm/yy', '(M)YY']) {
  test(`"${format}" is no format of an expiry`, () => assert.equal(createExpiryReader(format), undefined));
}
