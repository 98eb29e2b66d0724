import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdCodes } from '../../src/contract/hold.ts';
import { outranks } from '../../src/domain/hold-advice.ts';

test('any fault replaces a waiting canary, so that approving the canary cannot approve the fault', () => {
  const faults = holdCodes.filter((code) => code !== 'canary_sent');
  assert.ok(faults.length >= 10);
  for (const code of faults) {
    assert.equal(outranks(code, 'canary_sent'), true, code);
    assert.equal(outranks('canary_sent', code), false, code);
  }
});

test('a hold that only a cancel ends replaces every other, and none replaces it', () => {
  for (const code of holdCodes.filter((one) => one !== 'is_live_disagrees')) {
    assert.equal(outranks('is_live_disagrees', code), true, code);
    assert.equal(outranks(code, 'is_live_disagrees'), false, code);
  }
});

test('of two holds that a resume ends the first one stays', () => {
  assert.equal(outranks('amount_disagrees', 'ambiguous_answers'), false);
  assert.equal(outranks('ambiguous_answers', 'amount_disagrees'), false);
});
