import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ToleranceCheck } from '../../src/workflows/tolerance-check.ts';

test('after a resume a request for counts that was left open is not waited for', () => {
  const check = new ToleranceCheck(20);
  const silent = [{ answeredAsk: 0 }];
  assert.equal(check.judge({ tokenized: 60, declined: 41 }, silent), undefined);
  assert.equal(check.ask, 1);
  check.beginAnew({ tokenized: 60, declined: 41 });
  assert.equal(check.judge({ tokenized: 120, declined: 90 }, silent), undefined);
  assert.equal(check.ask, 2, 'the rows since the resume are judged anew');
});
