import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import { createRateLimiter } from '../../src/rate-limit/rate-limiter.ts';
import { createBatchRecord } from '../../src/storage/batch-record.ts';
import { skipDecisionsKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { writeSkipDecisions } from '../../src/storage/skip-decisions.ts';
import { batchId, createOperatorKey, createRecord, targetFingerprint } from '../support/batches.ts';
import { createPlainLine, plainHeader } from '../support/merchant-file.ts';
import { createFakeGateway } from '../support/sends.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

/** A batch of three rows that skips the first because of earlier results, and a worker for it. */
async function openBatch(t: TestContext) {
  const folder = await createTemporaryFolder(t);
  const storage = await openLocalStorage(join(folder, 'storage'), testKey);
  const path = join(folder, 'cards.csv');
  const text = `${plainHeader}${['a', 'b', 'c'].map((ref) => createPlainLine(ref)).join('')}`;
  await writeFile(path, text);
  const operatorKey = createOperatorKey();
  const sha256 = await writeSkipDecisions(storage, batchId, [
    { kind: 'skipped', row: 1, storedPaymentMethodId: 'pm-1' },
    { kind: 'card_changed', row: 2 },
  ]);
  const file = {
    path,
    name: 'cards.csv',
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    rows: 3,
  };
  const earlierResults = { sha256, skippedRows: 1, changedCards: 1, files: [] };
  const changes = { file, earlierResults, amount: '1', currency: 'JPY' };
  await createBatchRecord(storage, createRecord(operatorKey, 3, changes));
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
  const run = <Input, Result>(act: (input: Input) => Promise<Result>, input: Input): Promise<Result> =>
    new MockActivityEnvironment().run(act, input);
  return { storage, activities, run, key: skipDecisionsKey(batchId, sha256) };
}

test('skipped rows are staged but not sendable, and only the others are opened for sending', async (t) => {
  const { activities, run } = await openBatch(t);
  assert.deepEqual(await run(activities.stageBatch, { batchId }), { rows: 3, sendableRows: 1, shards: 1 });
  assert.deepEqual(await run(activities.openShard, { batchId, pass: 1, shard: 1 }), {
    opening: 1,
    toSend: [[3, 3]],
    counts: { skipped: 1, rejected: 1 },
  });
  await assert.rejects(run(activities.tokenizeRow, { batchId, pass: 1, row: 1 }), /no sendable row 1/);
});

for (const [what, damage] of [
  ['changed', (content: string) => content.replace('"row":1', '"row":3')],
  ['emptied', () => ''],
] as const) {
  test(`a file of skip decisions that was ${what} makes the batch hold before anything is staged`, async (t) => {
    const { storage, activities, run, key } = await openBatch(t);
    await storage.files.replace(key, damage(String(await storage.files.read(key))));
    const failure: unknown = await run(activities.stageBatch, { batchId }).catch((error) => error);
    assert.ok(failure instanceof ApplicationFailure, String(failure));
    assert.equal(failure.type, 'BatchHold');
    assert.match(failure.message, /to skip because of earlier results were altered/);
  });
}
