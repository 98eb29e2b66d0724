import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  RetryState,
  TimeoutFailure,
} from '@temporalio/common';
import { batchHoldFailure, notProcessedFailure, slotWaitFailure } from '../../src/contract/failure-types.ts';
import type { HoldReason } from '../../src/contract/hold.ts';
import { holdReasonOf, isGivenBack } from '../../src/workflows/hold-failure.ts';

function failedWith(cause: Error, retryState: RetryState): ActivityFailure {
  return new ActivityFailure('Activity task failed', 'tokenizeRow', 'row 1', retryState, 'host 1', cause);
}

const failure = (type: string, ...details: HoldReason[]): ApplicationFailure =>
  ApplicationFailure.create({ type, message: 'its words', details });
const reason: HoldReason = { code: 'set_up_wrong', text: 'HTTP 401', count: 1 };

for (const [what, error, isBack] of [
  ['was not processed', failedWith(failure(notProcessedFailure), RetryState.CANCEL_REQUESTED), true],
  ['waits for its slot', failedWith(failure(slotWaitFailure), RetryState.CANCEL_REQUESTED), true],
  [
    'failed for a reason that would be tried again, and was cancelled meanwhile',
    failedWith(failure('TypeError'), RetryState.CANCEL_REQUESTED),
    true,
  ],
  [
    'lost its worker, and was cancelled meanwhile',
    failedWith(new TimeoutFailure('silent', undefined, 'HEARTBEAT'), RetryState.CANCEL_REQUESTED),
    true,
  ],
  [
    'makes the batch hold, and was cancelled meanwhile',
    failedWith(failure(batchHoldFailure, reason), RetryState.CANCEL_REQUESTED),
    false,
  ],
  ['failed for good', failedWith(failure('TypeError'), RetryState.NON_RETRYABLE_FAILURE), false],
] as const) {
  test(`a row whose activity ${what} is ${isBack ? 'given back' : 'a reason to hold'}`, () => {
    assert.equal(isGivenBack(error), isBack);
    if (!isBack) assert.ok(holdReasonOf(error, 'storage_failed') !== undefined);
  });
}

test('a hold has the reason that the activity gave, or else its message', () => {
  const held = failedWith(failure(batchHoldFailure, reason), RetryState.NON_RETRYABLE_FAILURE);
  assert.deepEqual(holdReasonOf(held, 'storage_failed'), reason);
  const failed = failedWith(failure('TypeError'), RetryState.NON_RETRYABLE_FAILURE);
  assert.deepEqual(holdReasonOf(failed, 'storage_failed'), {
    code: 'storage_failed',
    text: 'its words',
    count: 1,
  });
});

test('a cancellation, and an error that is no activity’s, are no reason to hold', () => {
  const cancelled = failedWith(new CancelledFailure('cancelled'), RetryState.NON_RETRYABLE_FAILURE);
  for (const error of [cancelled, new CancelledFailure('cancelled'), new Error('a fault of the program')]) {
    assert.equal(holdReasonOf(error, 'storage_failed'), undefined);
  }
  assert.equal(isGivenBack(new Error('a fault of the program')), false);
});
