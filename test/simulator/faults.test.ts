import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultNames, faultOf } from '../../src/simulator/faults.ts';

test('Every fault has a unique two-digit code other than 00', () => {
  const codes = faultNames.map((name) => faultOf(name).code);
  assert.equal(new Set(codes).size, codes.length);
  for (const code of codes) assert.match(code, /^(?!00)\d\d$/);
});

test('Every fault has one sentence that says what happens', () => {
  for (const name of faultNames) assert.match(faultOf(name).text, /^[A-Z].{10,110}\.$/, name);
});

test('A fault that says "once per card" happens once, and no other does', () => {
  for (const name of faultNames) {
    assert.equal(faultOf(name).isOnce === true, faultOf(name).text.includes('once per card'), name);
  }
});

test('A fault whose sentence mentions the charge agrees with its flag', () => {
  for (const name of faultNames) {
    const { text, isCharged } = faultOf(name);
    if (/nothing is charged|charges nothing/.test(text)) assert.equal(isCharged, false, name);
    if (/(^|: |\. |; it was)[Cc]?harged|; it was\./.test(text)) assert.equal(isCharged, true, name);
  }
});
