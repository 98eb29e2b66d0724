import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import { ForeignErrorInterceptor } from '../../src/activities/failures.ts';
import { createRateLimiter } from '../../src/rate-limit/rate-limiter.ts';
import { generationKey } from '../../src/storage/generations.ts';
import { outcomesKey, stagingSummaryKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { dataKeyTagOf, type StagedBatch } from '../../src/storage/staged-shards.ts';
import { batchId, createSendableRow, stageRows, targetFingerprint } from '../support/batches.ts';
import { createFakeGateway } from '../support/sends.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const ref = { batchId, pass: 1, shard: 1 };

const outcomes = () => generationKey(outcomesKey(ref), 1);
const summary = (record: StagedBatch) => stagingSummaryKey(batchId, dataKeyTagOf(record));

for (const [what, keyOf, act, how] of [
  ['the outcome file of a shard', outcomes, 'openShard', 'altered'],
  ['the outcome file of a shard', outcomes, 'closeShard', 'altered'],
  ['the summary of staging', summary, 'stageBatch', 'damaged'],
] as const) {
  test(`if ${what} is ${how}, the batch holds in ${act}, with its path and without its content`, async (t) => {
    const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
    const { operatorKey, record } = await stageRows(storage, [createSendableRow(1)]);
    const activities = createActivities({
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
    await storage.files.replace(keyOf(record), '{"row":1,"merchantRef":"a merchant’s own word');
    const environment = new MockActivityEnvironment(
      {},
      { interceptors: [() => ({ inbound: new ForeignErrorInterceptor() })] },
    );
    const input = { ...ref, isCancelled: false as const };
    const failure: unknown = await environment
      .run(activities[act] as (given: unknown) => Promise<unknown>, input)
      .catch((error) => error);
    assert.ok(failure instanceof ApplicationFailure, String(failure));
    assert.deepEqual([failure.type, failure.nonRetryable], ['BatchHold', true]);
    assert.match(failure.message, new RegExp(`^Cannot use .*: it (is|was) ${how}`));
    assert.doesNotMatch(failure.message, /own word/);
  });
}
