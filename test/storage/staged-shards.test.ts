import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createKey } from '../../src/storage/encryption.ts';
import { stagedShardKey, stagingSummaryKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import {
  readStagedShard,
  readStagingSummary,
  StagedShardError,
  writeStagedShard,
} from '../../src/storage/staged-shards.ts';
import { batchId, createSendableRow, stageRows } from '../support/batches.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

async function stage(t: TestContext, rowCount = 501) {
  const root = await createTemporaryFolder(t);
  const storage = await openLocalStorage(root, testKey);
  const rows = Array.from({ length: rowCount }, (_, index) => createSendableRow(index + 1));
  return { root, storage, rows, ...(await stageRows(storage, rows)) };
}

test('staged rows are read back unchanged, shard by shard', async (t) => {
  const { storage, rows, dataKey, staging } = await stage(t);
  assert.deepEqual(await readStagedShard(storage, dataKey, batchId, 1), rows.slice(0, 500));
  assert.deepEqual(await readStagedShard(storage, dataKey, batchId, 2), rows.slice(500));
  assert.deepEqual(await readStagingSummary(storage, batchId), staging);
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

test('a shard moved to the place of another or to another batch, or read with another key, cannot be decrypted', async (t) => {
  const { storage, dataKey } = await stage(t);
  const first = await storage.files.read(stagedShardKey(batchId, 1));
  assert.ok(first !== undefined);
  await storage.files.replace(stagedShardKey(batchId, 2), first);
  await storage.files.replace(stagedShardKey('cardlift/merchant/other', 1), first);
  await assert.rejects(readStagedShard(storage, dataKey, batchId, 2), StagedShardError);
  await assert.rejects(readStagedShard(storage, dataKey, 'cardlift/merchant/other', 1), StagedShardError);
  await assert.rejects(readStagedShard(storage, createKey(), batchId, 1), StagedShardError);
});

test('a missing shard, or one that starts with another row, is refused without quoting a cell', async (t) => {
  const { storage, dataKey } = await stage(t, 1);
  await assert.rejects(readStagedShard(storage, dataKey, batchId, 2), /Staging of shard 2 is missing/);
  for (const rows of [[], [createSendableRow(2)]]) {
    await writeStagedShard(storage, dataKey, batchId, 1, rows);
    await assert.rejects(readStagedShard(storage, dataKey, batchId, 1), {
      message: 'Staging of shard 1 does not start with its first row',
    });
  }
});

test('staging without its summary is incomplete', async (t) => {
  const { storage } = await stage(t, 1);
  await storage.files.remove(stagingSummaryKey(batchId));
  assert.equal(await readStagingSummary(storage, batchId), undefined);
});
