import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createPostNotice } from '../../src/activities/post-notice.ts';
import type { BatchNotice } from '../../src/contract/notice.ts';
import { encryptNotifyUrl } from '../../src/storage/encrypted-notify-url.ts';
import { createKey } from '../../src/storage/encryption.ts';
import { batchId, createOperatorKey, createRecord } from '../support/batches.ts';
import { noticeSecret, startNoticeReceiver } from '../support/notice-receiver.ts';

const receiver = await startNoticeReceiver();
beforeEach(() => receiver.answer(200));
after(() => receiver.close());

const notice: BatchNotice = {
  event: 'hold',
  batchId,
  pass: 1,
  phase: 'on_hold',
  isLive: false,
  rows: 10,
  outcomes: { tokenized: 3, unknown: 5 },
  hold: { code: 'ambiguous_answers', text: 'five answers are unclear', count: 5 },
  at: '2026-01-01T00:00:00.000Z',
};

async function post(url: string | undefined): Promise<void> {
  const dataKey = createKey();
  const sealed = url === undefined ? {} : { notifyUrl: encryptNotifyUrl(batchId, dataKey, url) };
  const record = createRecord(createOperatorKey(), 10, sealed);
  assert.ok(!JSON.stringify(record).includes(noticeSecret), 'the record does not show the address');
  const openBatch = async () => ({ record, dataKey });
  const activity = createPostNotice(openBatch as unknown as Parameters<typeof createPostNotice>[0]);
  await new MockActivityEnvironment().run(activity, { batchId, notice });
}

async function failureOf(url: string): Promise<ApplicationFailure> {
  const error = await post(url).then(
    () => assert.fail('It was taken'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApplicationFailure);
  const words = [error.message, error.stack, String(error.cause), JSON.stringify(error.details)].join(' ');
  assert.ok(!words.includes(noticeSecret) && !words.includes('127.0.0.1'), words);
  return error;
}

test('a notice has the documented shape, with every outcome and a sentence for a chat', async () => {
  await post(receiver.url);
  assert.deepEqual(JSON.parse(receiver.bodies.at(-1) ?? ''), {
    text: `Cardlift sandbox batch ${batchId} is on hold: five answers are unclear`,
    event: 'hold',
    batch_id: batchId,
    merchant_id: 'merchant',
    pass: 1,
    phase: 'on_hold',
    is_live: false,
    rows: 10,
    outcomes: {
      tokenized: 3,
      declined: 0,
      rejected: 0,
      failed: 0,
      charged_without_token: 0,
      unknown: 5,
      skipped: 0,
      not_sent: 0,
    },
    hold: { code: 'ambiguous_answers', text: 'five answers are unclear', count: 5 },
    at: '2026-01-01T00:00:00.000Z',
  });
});

for (const [status, isRetried] of [
  [500, true],
  [503, true],
  [429, true],
  [404, false],
  [410, false],
  [302, false],
] as const) {
  test(`a receiver that answers ${status} is ${isRetried ? 'tried again' : 'left alone'}, and the failure does not name it`, async () => {
    receiver.answer(status);
    const posted = receiver.bodies.length;
    const failure = await failureOf(receiver.url);
    assert.equal(failure.nonRetryable, !isRetried);
    assert.match(failure.message, new RegExp(String(status)));
    assert.equal(receiver.bodies.length, posted + 1, 'a redirect is not followed');
  });
}

test('a post to an unreachable receiver is retried, and the failure does not name it', async () => {
  const gone = await startNoticeReceiver();
  await gone.close();
  assert.equal((await failureOf(gone.url)).nonRetryable, false);
});

test('a batch without an address posts nothing', async () => {
  const posted = receiver.bodies.length;
  await post(undefined);
  assert.equal(receiver.bodies.length, posted);
});
