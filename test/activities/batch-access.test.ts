import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createBatchAccess } from '../../src/activities/batch-access.ts';
import { createRateLimiter } from '../../src/rate-limit/rate-limiter.ts';
import { createBatchRecord, unwrapDataKey } from '../../src/storage/batch-record.ts';
import { stagedShardKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import {
  batchId,
  createOperatorKey,
  createRecord,
  createSendableRow,
  stageShards,
  targetFingerprint,
} from '../support/batches.ts';
import { createFakeGateway } from '../support/sends.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

/** The number of shards whose rows stay decrypted in memory. */
const keptShards = 32;

/** A batch of one-row shards that counts how often each shard is decrypted. */
async function openShards(t: TestContext, shards: number) {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const operatorKey = createOperatorKey();
  const record = createRecord(operatorKey, (shards - 1) * 500 + 1);
  await createBatchRecord(storage, record);
  const rows = upTo(shards).map((shard) => [createSendableRow((shard - 1) * 500 + 1)]);
  const { attempt } = await stageShards(storage, record, unwrapDataKey(operatorKey, record), rows);
  const keys = new Map(upTo(shards).map((shard) => [stagedShardKey(batchId, attempt, shard), shard]));
  const read: number[] = [];
  const openBatch = createBatchAccess({
    storage: {
      ...storage,
      files: {
        ...storage.files,
        async read(key) {
          const shard = keys.get(key);
          if (shard !== undefined) read.push(shard);
          return await storage.files.read(key);
        },
      },
    },
    operatorKey,
    gateway: createFakeGateway(),
    rateLimiter: createRateLimiter({ ...storage, targetFingerprint }),
    targetFingerprint,
    owner: 'host 1',
    versions: {},
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  });
  const { rowsOfShard, forgetShard } = await openBatch(batchId);
  /** The shards that had to be decrypted for these rows. */
  const readFor = async (...wanted: readonly number[]): Promise<number[]> => {
    read.length = 0;
    for (const shard of wanted) {
      assert.deepEqual(
        (await rowsOfShard(1, shard)).map(({ row }) => row),
        [(shard - 1) * 500 + 1],
      );
    }
    return [...read];
  };
  return { readFor, forget: (shard: number) => forgetShard(1, shard) };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);

test('a shard is decrypted once for all its rows, and the shards being sent stay', async (t) => {
  const { readFor } = await openShards(t, keptShards);
  assert.deepEqual(await readFor(...upTo(keptShards)), upTo(keptShards));
  assert.deepEqual(await readFor(...upTo(keptShards), ...upTo(keptShards)), []);
});

test('with one shard more than the limit, the card numbers of the least recently used shard leave memory', async (t) => {
  const { readFor } = await openShards(t, keptShards + 1);
  await readFor(...upTo(keptShards));
  assert.deepEqual(await readFor(1, keptShards + 1), [keptShards + 1]);
  assert.deepEqual(await readFor(1), [], 'it was used a moment ago');
  assert.deepEqual(await readFor(2), [2], 'it was let go');
});

test('a closed shard leaves memory at once', async (t) => {
  const { readFor, forget } = await openShards(t, 2);
  await readFor(1, 2);
  forget(1);
  assert.deepEqual(await readFor(1, 2), [1]);
});
