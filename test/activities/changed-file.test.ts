import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import { createRateLimiter } from '../../src/rate-limit/rate-limiter.ts';
import { createBatchRecord } from '../../src/storage/batch-record.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { readStagingSummary } from '../../src/storage/staged-shards.ts';
import { batchId, createOperatorKey, createRecord, targetFingerprint } from '../support/batches.ts';
import { createMerchantFile, createPlainLine, plainHeader } from '../support/merchant-file.ts';
import { createFakeGateway } from '../support/sends.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const cards = ['4111111111111111', '5555555555554444'];
const linesOf = (some: readonly string[]): string =>
  plainHeader + some.map((card, index) => createPlainLine(`r${index}`, card)).join('');
const confirmed = linesOf(cards);
const staged = { rows: 2, sendableRows: 2, shards: 1 };

/** A batch whose file was previewed and confirmed, and a worker that stages it. */
async function openConfirmed(t: TestContext) {
  const path = await createMerchantFile(t, confirmed);
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const operatorKey = createOperatorKey();
  const { size: bytes } = await stat(path);
  const sha256 = createHash('sha256').update(confirmed).digest('hex');
  const record = createRecord(operatorKey, cards.length, {
    file: { path, name: 'cards.csv', bytes, sha256, rows: cards.length },
  });
  await createBatchRecord(storage, record);
  const { stageBatch } = createActivities({
    storage,
    operatorKey,
    gateway: createFakeGateway(),
    rateLimiter: createRateLimiter({ ...storage, targetFingerprint }),
    targetFingerprint,
    owner: 'host 1',
    versions: {},
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  });
  const stage = () => new MockActivityEnvironment({ attempt: 1 }).run(stageBatch, { batchId, pass: 1 });
  return { path, storage, record, stage };
}

test('the confirmed file is staged', async (t) => {
  const { storage, record, stage } = await openConfirmed(t);
  assert.deepEqual(await stage(), staged);
  assert.equal((await readStagingSummary(storage, record))?.rows, 2);
});

for (const [what, content] of [
  ['has another card in a row', linesOf(['4111111111111111', '4012888888881881'])],
  ['has its rows in another order', linesOf(cards.toReversed())],
  ['has another amount in a row', confirmed.replace('1000', '9000')],
  ['has a row more', linesOf([...cards, '4012888888881881'])],
  ['has a row less', linesOf(cards.slice(0, 1))],
] as const) {
  test(`a file that ${what} since it was confirmed makes the batch hold, and is staged once restored`, async (t) => {
    const { path, storage, record, stage } = await openConfirmed(t);
    await writeFile(path, content);
    const failure: unknown = await stage().catch((error) => error);
    assert.ok(failure instanceof ApplicationFailure, String(failure));
    const [reason] = failure.details as [{ readonly code: string; readonly text: string }];
    assert.deepEqual(
      [failure.type, failure.nonRetryable, reason.code],
      ['BatchHold', true, 'staging_failed'],
    );
    assert.match(reason.text, /differs from the one that was previewed/);
    assert.equal(await readStagingSummary(storage, record), undefined, 'so no shard of it is sent');
    await writeFile(path, confirmed);
    assert.deepEqual(await stage(), staged);
  });
}
