import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createBatchRecord, unwrapDataKey } from '../../src/storage/batch-record.ts';
import { createKey } from '../../src/storage/encryption.ts';
import {
  stagedDigestsKey,
  stagedShardKey,
  stagingFolder,
  stagingSummaryKey,
} from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import {
  dataKeyTagOf,
  openStaging,
  readStagedShard,
  readStagingSummary,
  removeStagingSummaries,
  StagedShardError,
} from '../../src/storage/staged-shards.ts';
import {
  batchId,
  createOperatorKey,
  createRecord,
  createSendableRow,
  stageRows,
  stageShards,
} from '../support/batches.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

async function stage(t: TestContext, rowCount = 501) {
  const root = await createTemporaryFolder(t);
  const storage = await openLocalStorage(root, testKey);
  const rows = Array.from({ length: rowCount }, (_, index) => createSendableRow(index + 1));
  const staged = await stageRows(storage, rows);
  const { dataKey, record } = staged;
  const opened = await openStaging(storage, record);
  assert.ok(opened !== undefined);
  const keyOf = (shard: number): string => stagedShardKey(batchId, opened.summary.attempt, shard);
  const read = (shard: number, key: Uint8Array = dataKey) => readStagedShard(storage, key, opened, shard);
  return { root, storage, rows, ...staged, keyOf, read };
}

test('staged rows are read back unchanged, shard by shard', async (t) => {
  const { storage, rows, read, record, staging } = await stage(t);
  assert.deepEqual(await read(1), rows.slice(0, 500));
  assert.deepEqual(await read(2), rows.slice(500));
  assert.deepEqual(await readStagingSummary(storage, record), staging);
});

test('no file of the storage holds a card number or a reference in plain text', async (t) => {
  const { root, rows } = await stage(t, 5);
  let files = 0;
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files += 1;
    const content = await readFile(join(entry.parentPath, entry.name));
    for (const { cardNumber, merchantRef } of rows) {
      assert.ok(!content.includes(cardNumber) && !content.includes(merchantRef), entry.name);
    }
  }
  assert.ok(files >= 4);
});

test('a shard moved to the place of another or to another batch, or read with another key, is refused', async (t) => {
  const { storage, keyOf, read } = await stage(t);
  const first = await storage.files.read(keyOf(1));
  assert.ok(first !== undefined);
  await storage.files.replace(keyOf(2), first);
  await assert.rejects(read(2), StagedShardError);
  const other = await stageRows(storage, [createSendableRow(1)], { batchId: 'cardlift/merchant/other' });
  const opened = await openStaging(storage, other.record);
  assert.ok(opened !== undefined);
  await storage.files.replace(stagedShardKey(other.record.batchId, opened.summary.attempt, 1), first);
  await assert.rejects(readStagedShard(storage, other.dataKey, opened, 1), StagedShardError);
  await assert.rejects(read(1, createKey()), /cannot be decrypted with the key of the batch/);
});

test('a shard’s file that is missing, replaced or changed is refused with its place and the remedy', async (t) => {
  const { root, storage, rows, record, dataKey, keyOf, read } = await stage(t);
  const good = await storage.files.read(keyOf(1));
  assert.ok(good !== undefined);
  const expected = (fault: string) => (error: unknown) => {
    assert.ok(error instanceof StagedShardError);
    assert.match(error.message, new RegExp(`^Staging of shard 1 ${fault}: ${join(root, keyOf(1))}\\. `));
    assert.match(error.message, /or remove .*\.json: the merchant's file is then staged again$/);
    return true;
  };
  await storage.files.remove(keyOf(1));
  await assert.rejects(read(1), expected('is missing'));
  // The same rows, encrypted properly with the key of the batch.
  await removeStagingSummaries(storage, batchId);
  const shards = [rows.slice(0, 500), rows.slice(500)];
  const again = await stageShards(storage, record, dataKey, shards);
  const valid = await storage.files.read(stagedShardKey(batchId, again.attempt, 1));
  await storage.files.replace(keyOf(1), valid ?? '');
  await assert.rejects(read(1), expected('was replaced or changed'));
  await storage.files.replace(keyOf(1), Buffer.concat([good, Buffer.alloc(1)]));
  await assert.rejects(read(1), expected('was replaced or changed'));
  await storage.files.replace(keyOf(1), good);
  assert.equal((await read(1)).length, 500);
  await assert.rejects(read(3), /^StagedShardError: Staging of shard 3 is missing/);
});

test('a shard that starts with another row is refused without quoting a cell', async (t) => {
  for (const rows of [[], [createSendableRow(2)]]) {
    const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
    const operatorKey = createOperatorKey();
    const record = createRecord(operatorKey, 1);
    await createBatchRecord(storage, record);
    const dataKey = unwrapDataKey(operatorKey, record);
    await stageShards(storage, record, dataKey, [rows]);
    const opened = await openStaging(storage, record);
    assert.ok(opened !== undefined);
    await assert.rejects(
      readStagedShard(storage, dataKey, opened, 1),
      /Staging of shard 1 does not start with its first row: /,
    );
  }
});

test('staging without its summary is incomplete', async (t) => {
  const { storage, record } = await stage(t, 1);
  await removeStagingSummaries(storage, batchId);
  assert.equal(await readStagingSummary(storage, record), undefined);
  assert.equal(await openStaging(storage, record), undefined);
});

test('a changed or missing list of digests, and a summary of another file, are refused', async (t) => {
  const { storage, record, staging } = await stage(t, 501);
  const list = stagedDigestsKey(batchId, staging.attempt);
  const good = await storage.files.read(list);
  assert.equal(good?.byteLength, 64);
  await storage.files.replace(list, Buffer.alloc(64));
  await assert.rejects(openStaging(storage, record), /digests was changed\. Put back/);
  await storage.files.remove(list);
  await assert.rejects(openStaging(storage, record), /digests is missing\. Put back/);
  await storage.files.replace(list, good ?? '');
  assert.ok((await openStaging(storage, record)) !== undefined);
  const summaryKey = stagingSummaryKey(batchId, dataKeyTagOf(record));
  for (const change of [{ rows: 500, shards: 1 }, { shards: 1 }, { sha256: 'other' }]) {
    await storage.files.replace(summaryKey, JSON.stringify({ ...staging, ...change }));
    await assert.rejects(openStaging(storage, record), /is of another file than the batch\. Put back/);
  }
  await storage.files.replace(summaryKey, JSON.stringify({ ...staging, attempt: '../../outside' }));
  await assert.rejects(openStaging(storage, record), { name: 'StoredFileError' });
});

test('of attempts that finish, the first one counts; the others change nothing and leave no file', async (t) => {
  const { storage, record, dataKey, rows, read, staging } = await stage(t);
  const changed = rows.map((row) => ({ ...row, amount: '1' }));
  const late = await stageShards(storage, record, dataKey, [changed.slice(0, 500), changed.slice(500)]);
  assert.deepEqual(late, staging);
  assert.deepEqual(await readStagingSummary(storage, record), staging);
  assert.deepEqual(await read(1), rows.slice(0, 500));
  assert.deepEqual(await storage.files.list(stagingFolder(batchId)), [
    staging.attempt,
    `${dataKeyTagOf(record)}.summary.json`,
  ]);
});
